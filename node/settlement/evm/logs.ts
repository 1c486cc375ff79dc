import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { DealEvent } from '../settlement.ts'
import { hashResult, lower } from '../typed-data.ts'
import type { Source } from './client.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'
import { type Emitter, emitter, findEvent, type Place, type Rows } from './topics.ts'

type Kind = DealEvent['kind']

/** What a log says about a deal: the event without its place, and what finds it again. */
interface DealFact extends Omit<DealEvent, 'transaction' | 'blockNumber'> {
  /** of `opened` and `challenged` */
  parties?: [Address, Address]
  /** of `submitted` and `challenged` */
  resultHash?: Hex
}
export type LoggedEvent = DealFact & Place

interface Parties {
  creator: Address
  provider: Address
}
interface Split {
  deal: Hex
  toProvider: bigint
  toCreator: bigint
}
const partiesOf = ({ creator, provider }: Parties): [Address, Address] => [lower(creator), lower(provider)]
const ended =
  (kind: Kind) =>
  ({ deal, toProvider, toCreator }: Split): DealFact => ({ deal, kind, toProvider, toCreator })

/** The contract's events about deals. */
const ROWS: Rows<typeof dealEscrowAbi, DealFact> = {
  Opened: ({ deal, ...parties }) => ({ deal, kind: 'opened', parties: partiesOf(parties) }),
  Submitted: ({ deal, resultHash }) => ({ deal, kind: 'submitted', resultHash }),
  Challenged: ({ deal, result, ...parties }) => ({
    deal,
    kind: 'challenged',
    parties: partiesOf(parties),
    resultHash: hashResult(result)
  }),
  Settled: ended('settled'),
  Claimed: ended('claimed'),
  Forfeited: ended('forfeited'),
  TimedOut: ({ deal, toCreator }) => ({ deal, kind: 'timed-out', toProvider: 0n, toCreator }),
  ClosedByBoth: ended('closed'),
  Resolved: ended('resolved')
}
const NAMES: Record<Kind, keyof typeof ROWS> = {
  opened: 'Opened',
  submitted: 'Submitted',
  challenged: 'Challenged',
  settled: 'Settled',
  claimed: 'Claimed',
  forfeited: 'Forfeited',
  'timed-out': 'TimedOut',
  closed: 'ClosedByBoth',
  resolved: 'Resolved'
}

export const dealEmitter = (escrow: Address): Emitter<DealFact> => emitter(escrow, dealEscrowAbi, ROWS)

interface Escrow {
  escrow: Address
  /** where its history begins */
  startBlock: bigint
}

/** The latest event of a kind about one deal. */
export function findDealEvent(
  source: Source,
  { escrow, startBlock }: Escrow,
  deal: Hex,
  kind: Kind
): Promise<LoggedEvent | undefined> {
  return findEvent(source, dealEmitter(escrow), startBlock, { name: NAMES[kind], args: { deal } })
}

interface Burn {
  nonce: bigint
}
const BURN_ROWS: Rows<typeof dealEscrowAbi, Burn> = { NonceBurned: ({ nonce }) => ({ nonce }) }

/** The transaction in which an account burned a nonce. */
export async function findBurn(
  source: Source,
  { escrow, startBlock }: Escrow,
  creator: Address,
  nonce: bigint
): Promise<Hex | undefined> {
  const burns = emitter(escrow, dealEscrowAbi, BURN_ROWS)
  const wanted = (burned: Burn) => burned.nonce === nonce
  const found = await findEvent(source, burns, startBlock, { name: 'NonceBurned', args: { creator }, wanted })
  return found?.transaction
}
