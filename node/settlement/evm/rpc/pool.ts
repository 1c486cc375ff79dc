import { RpcRequestError } from 'viem'
import { messageOf } from '../../../../protocols/common/errors.ts'
import type { Hex } from '../../../../protocols/common/values.ts'
import { EndpointsDisagreeError, SettlementUnreachableError, WrongChainError } from '../../errors.ts'
import type { SettlementLogger } from '../../settlement.ts'
import { delay } from '../async.ts'
import { Endpoint, type EndpointInit, type Source } from './endpoint.ts'
import { EndpointFault } from './faults.ts'
import { lagOf } from './head.ts'
import type { RpcCall } from './http.ts'

export interface PoolInit extends EndpointInit {
  urls: readonly string[]
  /** how often every endpoint shows again who it is and how far it has come */
  recheckMs: number
  logger: SettlementLogger
}

/** Once one endpoint serves, the start waits this long for the others: one that hangs does not hold up the node. */
const START_GRACE_MS = 2_000
/** Refusals that another endpoint may not share: it lacks the method, the block or the state. */
const ELSEWHERE_CODES: ReadonlySet<number> = new Set([-32601, -32004, -32001, -32002])
const ELSEWHERE_WORDS = /header not found|missing trie node|unknown block|block not found|not available|pruned/i

/** The endpoints of one chain: the first that serves is asked, the others are there when it fails. */
export class EndpointPool {
  readonly #init: PoolInit
  readonly #endpoints: readonly Endpoint[]
  #isLooking = false
  #lookedAtMs: number

  constructor(init: PoolInit) {
    this.#init = init
    this.#endpoints = [...new Set(init.urls)].map(url => new Endpoint(url, init))
    this.#lookedAtMs = init.nowMs()
  }

  /**
   * Has every endpoint show who it is, and gives the hash of the first block. One endpoint is enough; what is wrong with
   * the others is logged.
   *
   * @throws WrongChainError, SettlementUnreachableError, EndpointsDisagreeError on the first block
   */
  async start(): Promise<Hex | undefined> {
    const done = new AbortController()
    const { first: any, all } = this.#survey(this.#endpoints)
    await Promise.race([all, any.then(() => delay(START_GRACE_MS, done.signal)).catch(() => all)])
    done.abort()
    const serving = this.#serving()
    const [first] = serving
    if (first === undefined) throw this.#unusable()
    const other = serving.find(({ genesis }) => genesis !== first.genesis)
    if (other !== undefined) throw new EndpointsDisagreeError(first.label, other.label, 'the first block of the chain')
    if (this.#init.identity !== undefined) this.#init.identity.genesis = first.genesis
    return first.genesis
  }

  /** The endpoints that serve now, the preferred first. @throws WrongChainError, SettlementUnreachableError */
  async sources(): Promise<Source[]> {
    this.#recheck()
    if (this.#serving().length === 0) await this.#revive()
    const serving = this.#serving()
    if (serving.length === 0) throw this.#unusable()
    return serving.map(({ source }) => source)
  }

  /** @throws WrongChainError, SettlementUnreachableError when no endpoint serves; RpcRequestError when the chain refuses */
  async request(call: RpcCall): Promise<unknown> {
    this.#recheck()
    const ask = call.method === 'eth_sendRawTransaction' ? this.#everywhere : this.#oneByOne
    // a second round, because a connection that was kept open may have been closed by the other side meanwhile
    const answer = (await ask.call(this, call)) ?? (await this.#revived(() => ask.call(this, call)))
    if (answer === undefined) throw this.#unusable()
    if (answer.refusal !== undefined) throw answer.refusal
    return answer.result
  }

  async #revived(ask: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    await this.#revive()
    return ask()
  }

  /** Undefined when every endpoint failed. */
  async #oneByOne(call: RpcCall): Promise<Answer | undefined> {
    let refusal: unknown
    for (const endpoint of this.#serving()) {
      try {
        return { result: await endpoint.call(call) }
      } catch (error) {
        if (error instanceof EndpointFault) this.#passOver(endpoint, error)
        else if (isElsewhere(error)) refusal ??= error
        else return { refusal: error }
      }
    }
    return refusal === undefined ? undefined : { refusal }
  }

  /** A transaction is handed to all at once: one that keeps it to itself does no harm. */
  async #everywhere(call: RpcCall): Promise<Answer | undefined> {
    const calls = this.#serving().map(async endpoint => {
      try {
        return await endpoint.call(call)
      } catch (error) {
        if (error instanceof EndpointFault) this.#passOver(endpoint, error)
        throw error
      }
    })
    try {
      return { result: await Promise.any(calls) }
    } catch (error) {
      const refusal = (error as AggregateError).errors.find(e => !(e instanceof EndpointFault))
      return refusal === undefined ? undefined : { refusal }
    }
  }

  #serving(): Endpoint[] {
    return this.#endpoints.filter(({ serves }) => serves)
  }

  /** In the background, when it is time or a pause is over: all that serve or may again, because heads are compared. */
  #recheck(): void {
    const nowMs = this.#init.nowMs()
    const isTime = nowMs - this.#lookedAtMs >= this.#init.recheckMs
    const due = this.#endpoints.filter(e => e.serves || e.isDue(nowMs))
    if (this.#isLooking || this.#serving().length === 0) return
    if (isTime || due.some(e => !e.serves)) void this.#survey(due)
  }

  /** Nobody serves: waits until one does, or all have failed again. One that asked for a pause is left alone. */
  async #revive(): Promise<void> {
    const nowMs = this.#init.nowMs()
    const down = this.#endpoints.filter(e => !e.serves && (e.fault?.kind !== 'rate-limited' || e.isDue(nowMs)))
    await Promise.any(down.map(endpoint => this.#probe(endpoint))).catch(() => {})
  }

  /** Asks them all at the same time: only then can their heads be compared. */
  #survey(endpoints: readonly Endpoint[]): { first: Promise<void>; all: Promise<void> } {
    this.#lookedAtMs = this.#init.nowMs()
    this.#isLooking = true
    const probes = endpoints.map(endpoint => this.#probe(endpoint))
    const all = Promise.allSettled(probes).then(() => {
      this.#isLooking = false
      this.#compareHeads(endpoints.filter(({ serves }) => serves))
    })
    const first = Promise.any(probes)
    first.catch(() => {})
    return { first, all }
  }

  #compareHeads(endpoints: readonly Endpoint[]): void {
    const heads = endpoints.flatMap(({ head }) => head ?? [])
    for (const endpoint of endpoints) {
      const lag = endpoint.head === undefined ? undefined : lagOf(endpoint.head, heads)
      if (lag === undefined) continue
      endpoint.fail(lag)
      this.#passOver(endpoint, lag)
    }
  }

  async #probe(endpoint: Endpoint): Promise<void> {
    const before = endpoint.fault
    try {
      await endpoint.probe()
    } catch (error) {
      // told once, not at every try
      if (before?.message !== messageOf(error)) this.#passOver(endpoint, error)
      throw error
    }
    if (before !== undefined) this.#init.logger.info({ rpc: endpoint.label }, 'RPC endpoint is used again')
  }

  #passOver({ label }: Endpoint, fault: unknown): void {
    this.#init.logger.warn({ rpc: label, fault: messageOf(fault) }, 'RPC endpoint is passed over')
  }

  /** What is wrong with each of them, in one error. */
  #unusable(): Error {
    const all = this.#endpoints.map(({ label, fault }) => ({ label, fault }))
    const [first] = all
    if (first?.fault?.kind === 'wrong-chain' && all.every(({ fault }) => fault?.kind === 'wrong-chain')) {
      return new WrongChainError(first.label, first.fault.actual, first.fault.expected)
    }
    const reasons = all.map(({ label, fault }) => `${label}: ${fault?.message ?? 'it was not asked'}`)
    return new SettlementUnreachableError(`no RPC endpoint can be used. ${reasons.join('; ')}`, {
      field: 'rpcUrls',
      value: all.map(({ label }) => label).join(', '),
      cause: first?.fault
    })
  }
}

type Answer = { result: unknown; refusal?: undefined } | { refusal: unknown; result?: undefined }

function isElsewhere(error: unknown): boolean {
  if (!(error instanceof RpcRequestError)) return false
  return ELSEWHERE_CODES.has(error.code) || ELSEWHERE_WORDS.test(error.details)
}
