import { createPublicClient, defineChain, fallback, type HttpTransport, http, type PublicClient } from 'viem'
import { InvalidInputError, messageOf } from '../../../protocols/common/errors.ts'
import { SettlementUnreachableError, WrongChainError } from '../errors.ts'

export interface RpcInit {
  /** HTTP(S) JSON-RPC endpoints of one chain, the preferred one first */
  rpcUrls: readonly string[]
  chainId: number
  /** @default 10_000 */
  requestTimeoutMs?: number
}

/** Read side of a chain. Writing goes through the sender, which journals first. */
export type ChainClient = PublicClient

const DEFAULT_REQUEST_TIMEOUT_MS = 10_000
/** A second try on the same endpoint covers a lost connection; after that the next endpoint is asked. */
const RETRIES = 1
const RETRY_DELAY_MS = 100
/** The largest answer we ask for is a range of logs; a chain node cannot fill the node's memory. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024
const MAX_URLS = 8

export function connect({ rpcUrls, chainId, requestTimeoutMs }: RpcInit): ChainClient {
  if (rpcUrls.length === 0 || rpcUrls.length > MAX_URLS) {
    throw new InvalidInputError('wrong number of RPC addresses', {
      field: 'rpcUrls',
      value: rpcUrls.length,
      limit: `1 to ${MAX_URLS}`
    })
  }
  const transports = rpcUrls.map(url => transport(url, requestTimeoutMs))
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'coin', symbol: 'coin', decimals: 18 },
    rpcUrls: { default: { http: [...rpcUrls] } }
  })
  return createPublicClient({ chain, transport: fallback(transports, { retryCount: 0 }), cacheTime: 0 })
}

/**
 * Asks every endpoint for its chain id: one of another chain would mix two worlds as soon as the first one fails.
 *
 * @throws WrongChainError, SettlementUnreachableError when none answers
 */
export async function checkChainId({ rpcUrls, chainId, requestTimeoutMs }: RpcInit): Promise<void> {
  const answers = await Promise.allSettled(
    rpcUrls.map(async url => ({
      url,
      id: await createPublicClient({ transport: transport(url, requestTimeoutMs) }).getChainId()
    }))
  )
  for (const answer of answers) {
    if (answer.status === 'fulfilled' && answer.value.id !== chainId) {
      throw new WrongChainError(chainId, answer.value.id, answer.value.url)
    }
  }
  const failed = answers.find(answer => answer.status === 'rejected')
  if (failed !== undefined && answers.every(answer => answer.status === 'rejected')) {
    throw new SettlementUnreachableError(`no RPC endpoint answers: ${messageOf(failed.reason)}`, {
      field: 'rpcUrls',
      value: rpcUrls.join(', '),
      cause: failed.reason
    })
  }
}

function transport(url: string, timeout = DEFAULT_REQUEST_TIMEOUT_MS): HttpTransport {
  return http(url, { timeout, retryCount: RETRIES, retryDelay: RETRY_DELAY_MS, fetchFn: cappedFetch })
}

async function cappedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init)
  if (response.body === null) return response
  let left = MAX_RESPONSE_BYTES
  const cap = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.byteLength
      if (left < 0) controller.error(new RangeError(`RPC answer above ${MAX_RESPONSE_BYTES} bytes`))
      else controller.enqueue(chunk)
    }
  })
  const { status, statusText, headers } = response
  return new Response(response.body.pipeThrough(cap), { status, statusText, headers })
}
