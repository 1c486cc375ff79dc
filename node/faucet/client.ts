import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parse } from '../../protocols/common/parse.ts'
import type { AbortOptions } from '../components.ts'
import { NodeUnreachableError } from '../http/errors.ts'
import { fromProblem, problem } from '../http/problems.ts'
import {
  type AccountView,
  accountView,
  type ClaimRequest,
  type ClaimView,
  claimView,
  type FaucetInfo,
  faucetInfo
} from './views.ts'

/** A faucet as those who claim see it. */
export interface FaucetClient {
  info(options?: AbortOptions): Promise<FaucetInfo>
  account(account: string, options?: AbortOptions): Promise<AccountView>
  claim(request: ClaimRequest, options?: AbortOptions): Promise<ClaimView>
}

/** Any answer is some hundred bytes. */
const ANSWER_MAX_BYTES = 64 * 1024
/** It waits for the chain itself for a quarter of that. */
const TIMEOUT_MS = 60_000

/** Speaks to the faucet at a URL. @throws InvalidInputError; its calls: what the faucet refuses by name, NodeUnreachableError */
export function faucetClient(url: string): FaucetClient {
  if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(url)) {
    throw new InvalidInputError('--url: expected an address such as https://faucet.example.org', {
      field: 'url',
      value: url,
      remedy: 'give the address that the node of the faucet printed'
    })
  }
  const base = `${url.replace(/\/+$/, '')}/api/v1/faucet`
  const ask = async (path: string, init: RequestInit, { signal }: AbortOptions = {}): Promise<unknown> => {
    const late = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const ends = signal === undefined ? late : AbortSignal.any([signal, late])
      const response = await fetch(`${base}${path}`, { ...init, redirect: 'error', signal: ends })
      return { ok: response.ok, body: JSON.parse(await textOf(response)) }
    } catch (cause) {
      if (signal?.aborted === true) throw cause
      throw new NodeUnreachableError(url, cause, 'check the address of the faucet, given with --url')
    }
  }
  const get = async (path: string, init: RequestInit, options?: AbortOptions): Promise<unknown> => {
    const { ok, body } = (await ask(path, init, options)) as { ok: boolean; body: unknown }
    if (ok) return body
    throw fromProblem(parse(problem, body, 'answer of the faucet'))
  }
  return {
    info: async options => parse(faucetInfo, await get('', {}, options), 'answer of the faucet'),
    account: async (account, options) =>
      parse(accountView, await get(`/accounts/${account}`, {}, options), 'answer of the faucet'),
    claim: async (request, options) => {
      const headers = { 'content-type': 'application/json' }
      const answer = await get('/claim', { method: 'POST', headers, body: JSON.stringify(request) }, options)
      return parse(claimView, answer, 'answer of the faucet')
    }
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > ANSWER_MAX_BYTES) throw new RangeError(`the answer has more than ${ANSWER_MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
