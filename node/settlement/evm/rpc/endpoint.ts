import { createPublicClient, custom, defineChain, type PublicClient, RpcRequestError } from 'viem'
import type { Hex } from '../../../../protocols/common/values.ts'
import { checkAnswer } from './answers.ts'
import { EndpointFault, type FaultKind, labelOf } from './faults.ts'
import { checkHead, type Head, type HeadLimits } from './head.ts'
import { type RpcCall, rpcOverHttp } from './http.ts'

/** Read side of a chain. Writing goes through the sender, which journals first. */
export type ChainClient = PublicClient

/** What every endpoint of one chain must show before it is asked anything else. */
export interface Identity {
  chainId: number
  /** hash of the first block; learnt at the start where nobody told it */
  genesis: Hex | undefined
  /** the chain is known to have come this far */
  startBlock: bigint
}

export interface EndpointInit extends HeadLimits {
  timeoutMs: number
  nowMs: () => number
  /** undefined: whatever chain answers is the right one */
  identity: Identity | undefined
  chainId: number
}

/** One endpoint as a reader of ranges uses it: all answers of one range come from one place. */
export interface Source {
  label: string
  client: ChainClient
  /** how many blocks it is asked for at once: less after it refused a range */
  logBlocks: bigint
}

/** Public endpoints refuse longer ranges of logs. */
export const MAX_RANGE_BLOCKS = 2_000n
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000
/** What does not pass by itself is looked at again less often. */
const PAUSES: Partial<Record<FaultKind, number>> = { lie: 600_000, 'wrong-chain': 60_000, lagging: 15_000 }

/** One RPC endpoint: asks it, judges its answers, and keeps whether it may be asked again. */
export class Endpoint {
  readonly url: string
  readonly label: string
  readonly source: Source
  readonly #init: EndpointInit
  #fault: EndpointFault | undefined
  #verified: boolean
  #failures = 0
  #retryAtMs = 0
  #head: Head | undefined
  #genesis: Hex | undefined

  constructor(url: string, init: EndpointInit) {
    this.url = url
    this.label = labelOf(url)
    this.#init = init
    // without an identity to show, it is asked at once
    this.#verified = init.identity === undefined
    this.source = {
      label: this.label,
      client: clientOf(init.chainId, call => this.call(call)),
      logBlocks: MAX_RANGE_BLOCKS
    }
  }

  /** Whether it may be asked: it has shown who it is, and nothing was wrong since. */
  get serves(): boolean {
    return this.#verified
  }

  get fault(): EndpointFault | undefined {
    return this.#fault
  }

  /** hash of its first block, once it was asked */
  get genesis(): Hex | undefined {
    return this.#genesis
  }

  /** its newest block as far as it was seen */
  get head(): Head | undefined {
    return this.#head
  }

  /** Whether the pause after its last fault is over. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#retryAtMs
  }

  /** @throws EndpointFault, RpcRequestError when the chain refuses */
  async call(call: RpcCall): Promise<unknown> {
    try {
      return await this.#ask(call)
    } catch (error) {
      if (!(error instanceof EndpointFault)) throw error
      if (error.kind === 'too-large' && call.method === 'eth_getLogs') throw rangeTooWide(this.label, error)
      this.fail(error)
      throw error
    }
  }

  /** Asks who it is and how far it has come; it serves afterwards, unless that was wrong. @throws EndpointFault */
  async probe(): Promise<void> {
    const ask = (method: string, ...params: unknown[]) => this.#ask({ method, params })
    try {
      const [chainId, first] = await Promise.all([
        ask('eth_chainId'),
        ask('eth_getBlockByNumber', '0x0', false),
        ask('eth_getBlockByNumber', 'latest', false)
      ])
      this.#genesis = (first as { hash: Hex } | null)?.hash
      this.#checkIdentity(Number(chainId), this.#genesis)
    } catch (error) {
      const { message } = error as Error
      const fault = error instanceof EndpointFault ? error : new EndpointFault('garbage', `it refuses: ${message}`)
      this.fail(fault)
      throw fault
    }
    this.#verified = true
    this.#failures = 0
    this.#fault = undefined
  }

  /** It is not asked again before it has shown once more who it is. */
  fail(fault: EndpointFault): void {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, MAX_PAUSE_MS)
    fault.endpoint = this.label
    // what it shows next is where it begins: an honest node is not held to a head that was a lie
    if (fault.kind === 'lie') this.#head = undefined
    this.#failures += 1
    this.#verified = false
    this.#fault = fault
    this.#retryAtMs = this.#init.nowMs() + (fault.retryAfterMs ?? PAUSES[fault.kind] ?? pause)
  }

  async #ask(call: RpcCall): Promise<unknown> {
    const result = await rpcOverHttp(this.url, call, this.#init.timeoutMs)
    checkAnswer(call, result)
    this.#seeHead(call, result)
    return result
  }

  #checkIdentity(chainId: number, genesis: Hex | undefined): void {
    const { identity } = this.#init
    if (identity === undefined) return
    const number = this.#head?.number ?? 0n
    if (chainId !== identity.chainId) throw wrongChain(`chain ${chainId}`, `chain ${identity.chainId}`)
    if (genesis === undefined) throw new EndpointFault('garbage', 'it does not know the first block of the chain')
    if (identity.genesis !== undefined && genesis !== identity.genesis) {
      const named = (hash: Hex) => `the chain ${chainId} that begins with block ${hash.slice(0, 18)}…`
      throw wrongChain(named(genesis), named(identity.genesis))
    }
    if (number < identity.startBlock) {
      const message = `it has only block ${number}, and the escrow came in block ${identity.startBlock}`
      throw new EndpointFault('lagging', message)
    }
  }

  #seeHead({ method, params }: RpcCall, result: unknown): void {
    const seenAtMs = this.#init.nowMs()
    const [asked] = Array.isArray(params) ? params : []
    let next: Head | undefined
    if (method === 'eth_blockNumber') {
      next = { number: BigInt(result as string), timestampSec: undefined, seenAtMs }
    } else if (method === 'eth_getBlockByNumber' && asked === 'latest') {
      const { number, timestamp } = result as { number: string; timestamp: string }
      next = { number: BigInt(number), timestampSec: Number(timestamp), seenAtMs }
    }
    if (next === undefined) return
    checkHead(next, this.#head, this.#init)
    this.#head = { ...next, timestampSec: next.timestampSec ?? this.#head?.timestampSec }
  }
}

/** viem's client over any way to ask. */
export function clientOf(chainId: number, request: (call: RpcCall) => Promise<unknown>): ChainClient {
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'coin', symbol: 'coin', decimals: 18 },
    rpcUrls: { default: { http: [] } }
  })
  return createPublicClient({ chain, transport: custom({ request }, { retryCount: 0 }), cacheTime: 0 })
}

const wrongChain = (actual: string, expected: string): EndpointFault =>
  new EndpointFault('wrong-chain', `it serves ${actual}, this network settles on ${expected}`, { actual, expected })

/** As other endpoints refuse: the reader asks for less. */
const rangeTooWide = (url: string, { message }: Error): RpcRequestError =>
  new RpcRequestError({ body: {}, error: { code: -32005, message }, url })
