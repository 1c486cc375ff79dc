import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Movement } from '../history.ts'
import type { DealEvent } from '../settlement.ts'
import { lower } from '../typed-data.ts'
import { courtAbi } from './generated/court.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { type Emitter, emitter, type Place, type Rows } from './topics.ts'

type EndKind = Exclude<DealEvent['kind'], 'opened' | 'submitted' | 'challenged'>

/** What a log says about money. */
export type MoneyFact =
  | { kind: 'deposit'; from: Address; account: Address; amount: bigint }
  | { kind: 'withdrawal'; account: Address; to: Address; amount: bigint }
  | { kind: 'opened'; deal: Hex; creator: Address; provider: Address; price: bigint; collateral: bigint }
  | { kind: 'challenged'; deal: Hex; creator: Address; deposit: bigint }
  | { kind: EndKind; deal: Hex; toProvider: bigint; toCreator: bigint }
  | { kind: 'appealed'; deal: Hex; round: bigint; payer: Address; forCreator: boolean; deposit: bigint }
  | { kind: 'undrawn'; deal: Hex; round: bigint }
  | { kind: 'finished'; deal: Hex; providerWrong: boolean; paidSeats: bigint }
  | { kind: 'seat-taken'; owner: Address; stake: bigint }
  | { kind: 'seat-left'; owner: Address; stake: bigint }
  | { kind: 'seat-paid'; deal: Hex; owner: Address; amount: bigint }
export type MoneyLog = MoneyFact & Place
type DealLog = Extract<MoneyLog, { deal: Hex }>

const ended =
  (kind: EndKind) =>
  ({ deal, toProvider, toCreator }: { deal: Hex; toProvider: bigint; toCreator: bigint }): MoneyFact => ({
    kind,
    deal,
    toProvider,
    toCreator
  })

const ESCROW_ROWS: Rows<typeof dealEscrowAbi, MoneyFact> = {
  Deposited: ({ from, account, amount }) => ({ kind: 'deposit', from: lower(from), account: lower(account), amount }),
  Withdrawn: ({ account, to, amount }) => ({ kind: 'withdrawal', account: lower(account), to: lower(to), amount }),
  Opened: ({ deal, creator, provider, price, collateral }) => ({
    kind: 'opened',
    deal,
    creator: lower(creator),
    provider: lower(provider),
    price,
    collateral
  }),
  Challenged: ({ deal, creator, terms }) => ({
    kind: 'challenged',
    deal,
    creator: lower(creator),
    deposit: terms.committee * terms.seatFee
  }),
  Settled: ended('settled'),
  Claimed: ended('claimed'),
  Forfeited: ended('forfeited'),
  TimedOut: ({ deal, toCreator }) => ({ kind: 'timed-out', deal, toProvider: 0n, toCreator }),
  ClosedByBoth: ended('closed'),
  Resolved: ended('resolved')
}

const courtRows = (seatStake: bigint): Rows<typeof courtAbi, MoneyFact> => ({
  Appealed: ({ deal, round, payer, forCreator, deposit }) => ({
    kind: 'appealed',
    deal,
    round,
    payer: lower(payer),
    forCreator,
    deposit
  }),
  Undrawn: ({ deal, round }) => ({ kind: 'undrawn', deal, round }),
  Finished: ({ deal, providerWrong, paidSeats }) => ({ kind: 'finished', deal, providerWrong, paidSeats }),
  SeatTaken: ({ owner }) => ({ kind: 'seat-taken', owner: lower(owner), stake: seatStake }),
  SeatLeft: ({ owner, stake }) => ({ kind: 'seat-left', owner: lower(owner), stake }),
  SeatPaid: ({ deal, owner, amount }) => ({ kind: 'seat-paid', deal, owner: lower(owner), amount })
})

/** @param court with what a seat stakes, which its event does not say */
export function moneyEmitters(escrow: Address, court?: { address: Address; seatStake: bigint }): Emitter<MoneyFact>[] {
  const deals = emitter(escrow, dealEscrowAbi, ESCROW_ROWS)
  return court === undefined ? [deals] : [deals, emitter(court.address, courtAbi, courtRows(court.seatStake))]
}

type Change = Omit<Movement, 'transaction' | 'blockNumber' | 'atSec'>
export type UntimedMovement = Omit<Movement, 'atSec'>

interface Known {
  account: Address
  parties: ReadonlyMap<Hex, { creator: Address; provider: Address }>
  /** everything known of a deal, oldest first */
  ofDeal: ReadonlyMap<Hex, readonly DealLog[]>
}

const other = (account: Address, counterparty: Address) => (account === counterparty ? {} : { counterparty })
const roleOf = ({ account, parties }: Known, deal: Hex): 'creator' | 'provider' | undefined => {
  const both = parties.get(deal)
  if (both?.creator === account) return 'creator'
  return both?.provider === account ? 'provider' : undefined
}
const mine = (isMine: boolean, change: Change): Change[] => (isMine ? [change] : [])

const end = (log: Extract<MoneyLog, { kind: EndKind }>, known: Known): Change[] => {
  const { kind, deal, toCreator, toProvider } = log
  const role = roleOf(known, deal)
  if (role === undefined) return []
  return [{ kind, deal, role, amount: role === 'creator' ? toCreator : toProvider }]
}

/** What each log changes in an account's free balance. */
const CHANGES: { [K in MoneyFact['kind']]: (log: Extract<MoneyLog, { kind: K }>, known: Known) => Change[] } = {
  deposit: ({ from, account, amount }, known) =>
    mine(account === known.account, { kind: 'deposit', amount, ...other(account, from) }),
  withdrawal: ({ account, to, amount }, known) =>
    mine(account === known.account, { kind: 'withdrawal', amount: -amount, ...other(account, to) }),
  opened: ({ deal, creator, provider, price, collateral }, { account }) => [
    ...mine(creator === account, { kind: 'opened', deal, role: 'creator', amount: -price }),
    ...mine(provider === account, { kind: 'opened', deal, role: 'provider', amount: -collateral })
  ],
  challenged: ({ deal, creator, deposit }, { account }) =>
    mine(creator === account, { kind: 'challenged', deal, role: 'creator', amount: -deposit }),
  settled: end,
  claimed: end,
  forfeited: end,
  'timed-out': end,
  closed: end,
  resolved: end,
  appealed: ({ deal, payer, deposit }, { account }) =>
    mine(payer === account, { kind: 'appealed', deal, amount: -deposit }),
  undrawn: ({ deal, round }, { account, ofDeal }) =>
    appealsOf(ofDeal.get(deal))
      .filter(appeal => appeal.round === round && appeal.payer === account)
      .map(({ deposit }) => ({ kind: 'deposit-back', deal, amount: deposit })),
  finished: (log, { account, ofDeal }) =>
    depositsBack(log, ofDeal.get(log.deal) ?? [])
      .filter(({ payer }) => payer === account)
      .map(({ amount }) => ({ kind: 'deposit-back', deal: log.deal, amount })),
  'seat-taken': ({ owner, stake }, { account }) => mine(owner === account, { kind: 'seat-taken', amount: -stake }),
  'seat-left': ({ owner, stake }, { account }) => mine(owner === account, { kind: 'seat-left', amount: stake }),
  'seat-paid': ({ deal, owner, amount }, { account }) => mine(owner === account, { kind: 'seat-paid', deal, amount })
}

const appealsOf = (logs: readonly DealLog[] = []) => logs.filter(log => log.kind === 'appealed')

/** The deposits that go back when a dispute ends, by the court's fee table: the winning side's; all when nobody was paid. */
function depositsBack(
  { providerWrong, paidSeats }: Extract<MoneyLog, { kind: 'finished' }>,
  logs: readonly DealLog[]
): { payer: Address; amount: bigint }[] {
  const dropped = new Set(logs.flatMap(log => (log.kind === 'undrawn' ? [log.round] : [])))
  const challenges = logs.filter(log => log.kind === 'challenged')
  const paid = [
    ...challenges.map(({ creator, deposit }) => ({ payer: creator, amount: deposit, forCreator: true })),
    ...appealsOf(logs)
      .filter(({ round }) => !dropped.has(round))
      .map(({ payer, deposit, forCreator }) => ({ payer, amount: deposit, forCreator }))
  ]
  return paid.filter(({ forCreator }) => paidSeats === 0n || forCreator === providerWrong)
}

/**
 * What happened to the money of one account.
 *
 * @param logs of everybody, in the order of the chain: an end names its deal alone, and whose that is its opening says
 */
export function movementsOf(logs: readonly MoneyLog[], account: Address): UntimedMovement[] {
  const parties = new Map(logs.flatMap(log => (log.kind === 'opened' ? [[log.deal, log] as const] : [])))
  const ofDeal = Map.groupBy(
    logs.filter((log): log is DealLog => 'deal' in log),
    ({ deal }) => deal
  )
  const known: Known = { account, parties, ofDeal }
  return logs.flatMap(log => {
    const changes = CHANGES[log.kind] as (log: MoneyLog, known: Known) => Change[]
    const { transaction, blockNumber } = log
    return changes(log, known).map(change => ({ ...change, transaction, blockNumber }))
  })
}

/** The newest block that tells of a deal whose opening is not among the logs: whose money it moved cannot be said. */
export function newestUnknown(logs: readonly MoneyLog[]): bigint | undefined {
  const opened = new Set(logs.flatMap(log => (log.kind === 'opened' ? [log.deal] : [])))
  return logs.findLast(log => 'deal' in log && log.kind !== 'opened' && !opened.has(log.deal))?.blockNumber
}
