import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { ChainEnd } from '../../../protocols/deal/machine.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { account } from './builders.ts'
import type { World } from './world.ts'

export interface ToyEvent {
  deal: Hex
  kind: 'opened' | 'submitted' | 'challenged' | ChainEnd['kind']
  end?: ChainEnd
  atMs: number
  transaction: Hex
}

interface Held {
  deal: Deal
  phase: 'open' | 'submitted' | 'disputed' | 'closed'
  deadlineSec: number
  /** what a court would find, once there is a result */
  right?: boolean
  end?: ChainEnd
}

/** Where deposits and collaterals go that a court takes. */
export const COURT = account(0xc7)
/** Draw, vote, reveal and the appeal window, all together. */
const COURT_MS = 240_000

/** The escrow contract's rules over plain objects: at or before a deadline one may act, after it the other may time out. */
export class ToyEscrow {
  readonly deals = new Map<Hex, Held>()
  /** what the parties of deals can read, in order */
  readonly #logs = new Map<Address, ToyEvent[]>()
  readonly free = new Map<Address, bigint>()
  readonly #nonces = new Map<bigint, Hex | 'burned'>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** what happened to the deals of an account, in order */
  logOf(account: Address): readonly ToyEvent[] {
    return this.#logs.get(account) ?? []
  }

  /** all money there is */
  get total(): bigint {
    let sum = 0n
    for (const amount of this.free.values()) sum += amount
    for (const { deal, phase } of this.deals.values()) {
      if (phase !== 'closed') sum += deal.price + deal.collateral
      if (phase === 'disputed') sum += depositOf(deal)
    }
    return sum
  }

  /** as the contract says it: a spent nonce makes an unknown deal look closed */
  status(id: Hex, deal: Deal): { phase: 'none' | Held['phase']; deadlineSec: number } {
    const held = this.deals.get(id)
    if (held !== undefined) return held
    return { phase: this.#nonces.has(deal.nonce) ? 'closed' : 'none', deadlineSec: 0 }
  }

  open(id: Hex, deal: Deal): void {
    if (this.deals.get(id)?.phase === 'open') return
    need(!this.#nonces.has(deal.nonce), 'nonce used')
    need(this.#world.nowSec <= deal.openBefore, 'open expired')
    need(this.#free(deal.creator) >= deal.price && this.#free(deal.provider) >= deal.collateral, 'balance')
    this.#nonces.set(deal.nonce, id)
    this.#add(deal.creator, -deal.price)
    this.#add(deal.provider, -deal.collateral)
    this.deals.set(id, { deal, phase: 'open', deadlineSec: this.#world.nowSec + deal.submitWindow })
    this.#tell(id, 'opened')
  }

  submit(id: Hex, right: boolean): void {
    const held = this.#need(id)
    if (held.phase === 'submitted') return
    need(held.phase === 'open' && this.#world.nowSec <= held.deadlineSec, 'not open, or late')
    held.phase = 'submitted'
    held.right = right
    held.deadlineSec = this.#world.nowSec + held.deal.reviewWindow
    this.#tell(id, 'submitted')
  }

  challenge(id: Hex): void {
    const held = this.#need(id)
    if (held.phase === 'disputed') return
    const { deal, deadlineSec } = held
    need(deal.committee !== 0 && held.phase === 'submitted' && this.#world.nowSec <= deadlineSec, 'no challenge')
    need(this.#free(deal.creator) >= depositOf(deal), 'balance')
    this.#add(deal.creator, -depositOf(deal))
    held.phase = 'disputed'
    this.#tell(id, 'challenged')
    this.#world.after(COURT_MS, () => this.#resolve(id, held))
  }

  #resolve(id: Hex, held: Held): void {
    const { deal } = held
    const right = held.right === true
    const [toProvider, toCreator] = right ? [deal.price + deal.collateral, 0n] : [0n, deal.price]
    held.phase = 'closed'
    held.end = { kind: 'resolved', toProvider, toCreator, transaction: id }
    this.#add(deal.provider, toProvider)
    this.#add(deal.creator, right ? toCreator : toCreator + depositOf(deal))
    this.#add(COURT, right ? depositOf(deal) : deal.collateral)
    this.#tell(id, 'resolved', held.end)
  }

  settle(id: Hex, charge: bigint): ChainEnd {
    const { deal } = this.#need(id)
    return this.#end(id, 'settled', charge + deal.collateral, phase => phase === 'open' || phase === 'submitted')
  }

  claim(id: Hex, charge: bigint): ChainEnd {
    const { deal, deadlineSec } = this.#need(id)
    return this.#end(
      id,
      'claimed',
      charge + deal.collateral,
      phase => phase === 'submitted' && this.#world.nowSec > deadlineSec
    )
  }

  forfeit(id: Hex): ChainEnd {
    const { deal, deadlineSec } = this.#need(id)
    const back = deal.collateral - deal.collateral / 4n
    return this.#end(id, 'forfeited', back, phase => phase === 'open' && this.#world.nowSec <= deadlineSec)
  }

  timeoutSubmit(id: Hex): ChainEnd {
    const { deadlineSec } = this.#need(id)
    return this.#end(id, 'timed-out', 0n, phase => phase === 'open' && this.#world.nowSec > deadlineSec)
  }

  burn(nonce: bigint): void {
    need((this.#nonces.get(nonce) ?? 'burned') === 'burned', 'nonce used')
    this.#nonces.set(nonce, 'burned')
  }

  #end(id: Hex, kind: ChainEnd['kind'], toProvider: bigint, allowed: (phase: Held['phase']) => boolean): ChainEnd {
    const held = this.#need(id)
    if (held.end?.kind === kind) return held.end
    need(allowed(held.phase), `${kind} while ${held.phase}`)
    const { deal } = held
    const toCreator = deal.price + deal.collateral - toProvider
    held.phase = 'closed'
    held.end = { kind, toProvider, toCreator, transaction: id }
    this.#add(deal.provider, toProvider)
    this.#add(deal.creator, toCreator)
    this.#tell(id, kind, held.end)
    return held.end
  }

  #tell(id: Hex, kind: ToyEvent['kind'], end?: ChainEnd): void {
    const { deal } = this.#need(id)
    const ending = end === undefined ? {} : { end }
    const event = { deal: id, kind, atMs: this.#world.nowMs, transaction: id, ...ending }
    for (const party of [deal.creator, deal.provider]) {
      const log = this.#logs.get(party)
      if (log === undefined) this.#logs.set(party, [event])
      else log.push(event)
    }
  }

  #need(id: Hex): Held {
    const held = this.deals.get(id)
    if (held === undefined) throw new Error('no such deal')
    return held
  }

  #free(account: Address): bigint {
    return this.free.get(account) ?? 0n
  }

  #add(account: Address, amount: bigint): void {
    this.free.set(account, this.#free(account) + amount)
  }
}

const depositOf = (deal: Deal): bigint => BigInt(deal.committee) * deal.seatFee

function need(ok: boolean, what: string): void {
  if (!ok) throw new Error(what)
}
