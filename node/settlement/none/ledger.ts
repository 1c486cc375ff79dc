import { BadSignatureError, InvalidInputError } from '../../../protocols/common/errors.ts'
import type { Hex } from '../../../protocols/common/values.ts'
import type { Deal, DealPhase, Result } from '../../../protocols/deal/schema.ts'
import { DealStateError } from '../errors.ts'
import type { DealEvent } from '../settlement.ts'

/** What the books say of one deal. */
export interface LedgerDeal {
  phase: DealPhase
  /** unix s: submitBy when open, reviewBy when submitted, 0 otherwise */
  deadlineSec: number
  resultHash?: Hex
  /** how it ended */
  end?: DealEvent['kind']
}

/** One thing done to a deal, with every signature already checked (`creatorSigned`, …: whose were right). */
export type LedgerCall =
  | { kind: 'open'; nonceUsed: boolean; creatorSigned: boolean; providerSigned: boolean }
  | { kind: 'submit'; result: Result; resultHash: Hex }
  | { kind: 'settle'; result: Result; creatorSigned: boolean }
  | { kind: 'claim'; result: Result; resultHash: Hex }
  | { kind: 'forfeit' }
  | { kind: 'timeoutSubmit' }
  | { kind: 'close'; toProvider: bigint; expiry: number; creatorSigned: boolean; providerSigned: boolean }

/** How a call changes the books: the deal, what is taken from or given to each party, what to tell. */
export interface LedgerChange {
  deal: LedgerDeal
  creatorDelta: bigint
  providerDelta: bigint
  event: Pick<DealEvent, 'kind' | 'toProvider' | 'toCreator'>
}

type Call<K extends LedgerCall['kind']> = Extract<LedgerCall, { kind: K }>
interface Context {
  id: Hex
  deal: Deal
  state: LedgerDeal
  nowSec: number
}

/** A provider that gives up in time pays a quarter of its collateral, as in the escrow contract. */
const FORFEIT_DIVISOR = 4n

/** The event that a call leads to: how a repeated call is recognised. */
export const EVENT_OF: Record<LedgerCall['kind'], DealEvent['kind']> = {
  open: 'opened',
  submit: 'submitted',
  settle: 'settled',
  claim: 'claimed',
  forfeit: 'forfeited',
  timeoutSubmit: 'timed-out',
  close: 'closed'
}

const RULES: { [K in LedgerCall['kind']]: (call: Call<K>, context: Context) => LedgerChange } = {
  open: (call, { deal, state, nowSec, id }) => {
    inPhase(state, id, 'none')
    if (deal.creator === deal.provider) throw new InvalidInputError('a deal has two parties', { field: 'provider' })
    if (nowSec > deal.openBefore) throw tooLate('OpenExpired', 'openBefore', deal.openBefore, nowSec)
    if (call.nonceUsed) throw nonceUsed(deal)
    signed(call.creatorSigned, 'the deal, creator')
    signed(call.providerSigned, 'the deal, provider')
    return {
      deal: { phase: 'open', deadlineSec: nowSec + deal.submitWindow },
      creatorDelta: -deal.price,
      providerDelta: -deal.collateral,
      event: { kind: 'opened' }
    }
  },
  submit: (call, { id, deal, state, nowSec }) => {
    inPhase(state, id, 'open')
    if (nowSec > state.deadlineSec) throw tooLate('TooLate', 'submitBy', state.deadlineSec, nowSec)
    fits(call.result, id, deal)
    return {
      deal: { phase: 'submitted', deadlineSec: nowSec + deal.reviewWindow, resultHash: call.resultHash },
      creatorDelta: 0n,
      providerDelta: 0n,
      event: { kind: 'submitted' }
    }
  },
  settle: (call, { id, deal, state }) => {
    inPhase(state, id, 'open', 'submitted')
    fits(call.result, id, deal)
    signed(call.creatorSigned, 'the result')
    return end(deal, 'settled', call.result.charge + deal.collateral)
  },
  claim: (call, { id, deal, state, nowSec }) => {
    inPhase(state, id, 'submitted')
    if (nowSec <= state.deadlineSec) throw tooEarly('reviewBy', state.deadlineSec, nowSec)
    if (call.resultHash !== state.resultHash) throw wrongResult(id)
    return end(deal, 'claimed', call.result.charge + deal.collateral)
  },
  forfeit: (_call, { id, deal, state, nowSec }) => {
    inPhase(state, id, 'open')
    if (nowSec > state.deadlineSec) throw tooLate('TooLate', 'submitBy', state.deadlineSec, nowSec)
    return end(deal, 'forfeited', deal.collateral - deal.collateral / FORFEIT_DIVISOR)
  },
  timeoutSubmit: (_call, { id, deal, state, nowSec }) => {
    inPhase(state, id, 'open')
    if (nowSec <= state.deadlineSec) throw tooEarly('submitBy', state.deadlineSec, nowSec)
    return end(deal, 'timed-out', 0n)
  },
  close: (call, { id, deal, state, nowSec }) => {
    inPhase(state, id, 'open', 'submitted')
    if (nowSec > call.expiry) throw tooLate('TooLate', 'expiry', call.expiry, nowSec)
    const locked = deal.price + deal.collateral
    if (call.toProvider > locked) {
      throw new InvalidInputError('the split is more than what is locked', {
        field: 'toProvider',
        value: call.toProvider,
        limit: String(locked)
      })
    }
    signed(call.creatorSigned, 'the close, creator')
    signed(call.providerSigned, 'the close, provider')
    return end(deal, 'closed', call.toProvider)
  }
}

/**
 * The escrow contract's rules without a contract: at or before a deadline one may act, after it the other may time out.
 *
 * @throws DealStateError, BadSignatureError, InvalidInputError, as the chain's settlement does
 */
export function apply<K extends LedgerCall['kind']>(call: Call<K>, context: Context): LedgerChange {
  const rule = RULES[call.kind] as (call: Call<K>, context: Context) => LedgerChange
  return rule(call, context)
}

function end(deal: Deal, kind: DealEvent['kind'], toProvider: bigint): LedgerChange {
  const toCreator = deal.price + deal.collateral - toProvider
  return {
    deal: { phase: 'closed', deadlineSec: 0, end: kind },
    creatorDelta: toCreator,
    providerDelta: toProvider,
    event: { kind, toProvider, toCreator }
  }
}

function inPhase(state: LedgerDeal, id: Hex, ...wanted: DealPhase[]): void {
  if (wanted.includes(state.phase)) return
  throw new DealStateError('WrongState', `deal ${id} is ${state.phase}, this needs it ${wanted.join(' or ')}`, {
    field: 'state',
    value: state.phase,
    limit: wanted.join(' or '),
    remedy: 'look at the deal: it may have gone on or ended already'
  })
}

function fits(result: Result, id: Hex, deal: Deal): void {
  if (result.deal !== id) throw wrongResult(id)
  if (result.charge <= deal.price) return
  throw new InvalidInputError('the charge is above the price', {
    field: 'charge',
    value: result.charge,
    limit: String(deal.price)
  })
}

function signed(right: boolean, what: string): void {
  if (!right) throw new BadSignatureError(what)
}

const wrongResult = (id: Hex): DealStateError =>
  new DealStateError('WrongResult', `the result is not the one of deal ${id}`, { field: 'result' })

/** The creator's nonce went into another deal, or was burned. */
export const nonceUsed = ({ nonce }: { nonce: bigint }): DealStateError =>
  new DealStateError('NonceUsed', `the creator used nonce ${nonce} already`, {
    field: 'nonce',
    value: nonce,
    remedy: 'another provider opened first, or the creator revoked: drop this deal'
  })

const tooLate = (error: string, field: string, limit: number, nowSec: number): DealStateError =>
  new DealStateError(error, `${field} is past`, { field, value: nowSec, limit: `at most ${limit}` })

const tooEarly = (field: string, limit: number, nowSec: number): DealStateError =>
  new DealStateError('TooEarly', `${field} has not passed`, { field, value: nowSec, limit: `after ${limit}` })
