import { RpcRequestError } from 'viem'
import { z } from 'zod'
import { messageOf } from '../../../../protocols/common/errors.ts'
import { EndpointFault, labelOf } from './faults.ts'

/** The largest answer we ask for is a range of logs; a chain node cannot fill the node's memory. */
export const MAX_RESPONSE_BYTES = 16 * 1024 * 1024
/** Longest pause that an endpoint may ask for. */
const MAX_RETRY_AFTER_MS = 60_000
/** Codes by which providers say "slow down" inside a JSON-RPC answer, beside the HTTP status. */
const RATE_CODES: ReadonlySet<number> = new Set([429, -32005, -32007])
const RATE_WORDS = /rate.?limit|too many requests|requests? per second|request limit reached/i

const envelope = z.object({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  result: z.unknown().optional(),
  error: z.object({ code: z.int(), message: z.string().default(''), data: z.unknown().optional() }).optional()
})
type Envelope = z.output<typeof envelope>

export interface RpcCall {
  method: string
  params: unknown
}

let lastId = 0

/**
 * One JSON-RPC request over HTTP.
 *
 * @throws EndpointFault when there is no answer to use, viem's RpcRequestError when the answer is a refusal
 */
export async function rpcOverHttp(url: string, call: RpcCall, timeoutMs: number): Promise<unknown> {
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    throw new EndpointFault('unreachable', 'only http and https addresses can be used')
  }
  lastId += 1
  const id = lastId
  const body = { jsonrpc: '2.0', id, method: call.method, params: call.params ?? [] }
  const signal = AbortSignal.timeout(timeoutMs)
  const { response, text } = await exchange(url, JSON.stringify(body), signal, timeoutMs)
  const answer = parseEnvelope(text)
  if (response.status === 429 || isRateLimit(answer, call.method)) {
    throw new EndpointFault('rate-limited', 'it limits the rate of requests', retryAfter(response))
  }
  if (answer?.error !== undefined && response.status < 500) {
    const { code, message, data } = answer.error
    throw new RpcRequestError({ body, error: { code, message: message.slice(0, 2000), data }, url: labelOf(url) })
  }
  if (!response.ok) throw new EndpointFault('http', `it answers with HTTP status ${response.status}`)
  if (answer?.result === undefined || String(answer.id) !== String(id)) {
    throw new EndpointFault('garbage', 'its answer is no JSON-RPC')
  }
  return answer.result
}

async function exchange(url: string, body: string, signal: AbortSignal, timeoutMs: number) {
  try {
    const { address, headers } = targetOf(url)
    const response = await fetch(address, {
      method: 'POST',
      body,
      headers,
      // signed transactions go to the named host alone
      redirect: 'error',
      signal
    })
    return { response, text: await readCapped(response) }
  } catch (cause) {
    if (cause instanceof EndpointFault) throw cause
    if (signal.aborted) throw new EndpointFault('timeout', `it did not answer within ${timeoutMs} ms`, { cause })
    throw new EndpointFault('unreachable', `it cannot be reached (${reasonOf(cause)})`, { cause })
  }
}

/** fetch takes no address with a name and password in it. */
function targetOf(url: string): { address: string; headers: Record<string, string> } {
  const address = new URL(url)
  const { username, password } = address
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (username !== '' || password !== '') {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`
    address.username = ''
    address.password = ''
  }
  return { address: address.href, headers }
}

async function readCapped(response: Response): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let [text, read] = ['', 0]
  for await (const chunk of response.body) {
    read += chunk.byteLength
    if (read > MAX_RESPONSE_BYTES) {
      throw new EndpointFault('too-large', `its answer is above ${MAX_RESPONSE_BYTES} bytes`)
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function parseEnvelope(text: string): Envelope | undefined {
  try {
    return envelope.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** -32005 on a question for logs says that there are too many of them: an answer, which narrower questions avoid. */
function isRateLimit(answer: Envelope | undefined, method: string): boolean {
  if (answer?.error === undefined) return false
  const { code, message } = answer.error
  return RATE_WORDS.test(message) || (RATE_CODES.has(code) && method !== 'eth_getLogs')
}

function retryAfter({ headers }: Response): { retryAfterMs?: number } {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) } : {}
}

/** fetch says "fetch failed" and keeps the reason to itself. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  return code ?? messageOf(cause ?? error)
}
