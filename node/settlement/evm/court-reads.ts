import { zeroAddress } from 'viem'
import { TooLargeError } from '../../../protocols/common/errors.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Dispute, DisputePhase, Member, Seat, Standing } from '../../../protocols/mediation/types.ts'
import type { CourtSettings } from '../court.ts'
import { SettlementUnreachableError } from '../errors.ts'
import { lower } from '../typed-data.ts'
import type { ChainClient } from './client.ts'
import { wrongCourt } from './errors/court.ts'
import { isUnreachable } from './errors.ts'
import { blockhashRandomnessAbi } from './generated/blockhash-randomness.ts'
import { courtAbi } from './generated/court.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'

/** The court's addresses; what it gets its seeds from answers as IRandomness, whichever contract it is. */
export interface CourtAt {
  court: Address
  randomness: Address
}

/** 192 bytes a seat, twice that as text: a page of 200 KB, and a call of under three million gas. */
const SEATS_A_PAGE = 500
/** Each costs a stake; more than these would take minutes to read. */
const MAX_SEATS = 100_000
/** Looks at a chain whose newest block is replaced while it is read. */
const LOOKS = 3

/** The contract's Phase, Standing and Status, by number. */
const PHASES: readonly (DisputePhase | undefined)[] = [undefined, 'drawing', 'voting', 'revealing', 'judged']
const STANDINGS: readonly Standing[] = ['drawn', 'drawn', 'committed', 'revealed', 'revealed', 'declined', 'excused']
const OR_TIMEOUT = 4
const STATUS = ['pending', 'ready', 'missed'] as const
/** Of others the contract keeps something else in the same place. */
const VOTED: readonly Standing[] = ['committed', 'revealed']

/**
 * The escrow's court, checked both ways; undefined where it has none.
 *
 * @param expected what the network's document says, if it does
 * @throws WrongContractError
 */
export async function findCourt(
  client: ChainClient,
  escrow: Address,
  expected?: Address
): Promise<CourtAt | undefined> {
  const court = lower(await client.readContract({ address: escrow, abi: dealEscrowAbi, functionName: 'court' }))
  const found = court === zeroAddress ? undefined : court
  if (expected !== undefined && lower(expected) !== found) {
    throw wrongCourt('the escrow has another court', found ?? 'none', expected)
  }
  if (found === undefined) return undefined
  const at = { address: court, abi: courtAbi } as const
  const [itsEscrow, randomness] = await Promise.all([
    client.readContract({ ...at, functionName: 'escrow' }),
    client.readContract({ ...at, functionName: 'randomness' })
  ]).catch((cause: unknown) => {
    if (isUnreachable(cause)) throw cause
    throw wrongCourt('the contract that the escrow names is no court', court, undefined, cause)
  })
  if (lower(itsEscrow) !== escrow) throw wrongCourt('the court belongs to another escrow', itsEscrow, escrow)
  return { court, randomness: lower(randomness) }
}

export async function readSettings(client: ChainClient, escrow: Address, court: Address): Promise<CourtSettings> {
  const [settings, minSeatFee] = await Promise.all([
    client.readContract({ address: court, abi: courtAbi, functionName: 'settings' }),
    client.readContract({ address: escrow, abi: dealEscrowAbi, functionName: 'minSeatFee' })
  ])
  return {
    seatStake: settings.seatStake,
    revealWindowSec: Number(settings.revealWindow),
    appealWindowSec: Number(settings.appealWindow),
    activationSec: Number(settings.activation),
    exitDelaySec: Number(settings.exitDelay),
    minSeatFee
  }
}

type ChainSeat = Awaited<ReturnType<typeof readSeat>>

export function readSeat(client: ChainClient, court: Address, seat: number, blockNumber: bigint) {
  return client.readContract({
    address: court,
    abi: courtAbi,
    functionName: 'seatAt',
    args: [BigInt(seat)],
    blockNumber
  })
}

/** Every seat that somebody has, at one block. @throws TooLargeError */
export function readSeats(client: ChainClient, court: Address): Promise<Seat[]> {
  return atOneBlock(client, async blockNumber => {
    const at = { address: court, abi: courtAbi, blockNumber } as const
    const count = Number(await client.readContract({ ...at, functionName: 'seatCount' }))
    if (count > MAX_SEATS) throw new TooLargeError('list of seats', count, MAX_SEATS)
    const seats: ChainSeat[] = []
    while (seats.length < count) {
      const args = [BigInt(seats.length), BigInt(SEATS_A_PAGE)] as const
      const page = await client.readContract({ ...at, functionName: 'seatsFrom', args })
      if (page.length === 0) break
      seats.push(...page)
    }
    return seats.flatMap((seat, index) => (seat.owner === zeroAddress ? [] : [toSeat(seat, index)]))
  })
}

/** A dispute with its members, the owners of their seats, and what the ticket came to: all at one block. */
export function readDispute(client: ChainClient, at: CourtAt, deal: Hex): Promise<Dispute | undefined> {
  return atOneBlock(client, blockNumber => readDisputeAt(client, at, deal, blockNumber))
}

export async function readDisputeAt(
  client: ChainClient,
  { court, randomness }: CourtAt,
  deal: Hex,
  blockNumber: bigint
): Promise<Dispute | undefined> {
  const at = { address: court, abi: courtAbi, args: [deal], blockNumber } as const
  const [dispute, [ticketOrSeed, digest], members] = await Promise.all([
    client.readContract({ ...at, functionName: 'disputeOf' }),
    client.readContract({ ...at, functionName: 'evidenceOf' }),
    client.readContract({ ...at, functionName: 'membersOf' })
  ])
  const phase = PHASES[dispute.phase]
  if (phase === undefined) return undefined
  const [owners, draw] = await Promise.all([
    Promise.all(members.map(async ({ seat }) => lower((await readSeat(client, court, seat, blockNumber)).owner))),
    dispute.seeded ? seedOf(ticketOrSeed) : readTicket(client, randomness, BigInt(ticketOrSeed), blockNumber)
  ])
  const { round, rearms, seeded, providerWrong, first, seated, committed, revealed, cursor, seatCount } = dispute
  return {
    deal,
    ...{ phase, round, rearms, seeded, providerWrong, first, seated, committed, revealed, cursor, seatCount },
    ...draw,
    challengedAtSec: dispute.challengedAt,
    roundAtSec: dispute.roundAt,
    deadlineSec: dispute.deadline,
    ...(BigInt(digest) === 0n ? {} : { digest }),
    members: members.map((member, index) => toMember(member, index, owners[index] ?? zeroAddress))
  }
}

/** Gone once nobody can be drawn by it any more. */
const seedOf = (seed: Hex) => (BigInt(seed) === 0n ? {} : { seed })

async function readTicket(client: ChainClient, randomness: Address, ticket: bigint, blockNumber: bigint) {
  const [status] = await client.readContract({
    address: randomness,
    abi: blockhashRandomnessAbi,
    functionName: 'seedOf',
    args: [ticket],
    blockNumber
  })
  return { ticket, ticketStatus: STATUS[status] ?? 'pending' }
}

/** Several calls that belong together: at one height, and once more if that block was replaced meanwhile. */
async function atOneBlock<T>(client: ChainClient, read: (blockNumber: bigint) => Promise<T>): Promise<T> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const { number, hash } = await client.getBlock()
    const found = await read(number)
    if ((await client.getBlock({ blockNumber: number })).hash === hash) return found
  }
  throw new SettlementUnreachableError('the newest block of the chain changes while it is read', {
    remedy: 'try again; if it goes on, two RPC endpoints follow different branches of the chain'
  })
}

function toSeat({ owner, from, exit, stake, risk, capabilities }: ChainSeat, index: number): Seat {
  return {
    index,
    owner: lower(owner),
    fromSec: from,
    ...(exit === 0 ? {} : { exitSec: exit }),
    stake,
    risk,
    // the bits that have a meaning are few; an owner can set all 64
    capabilities: Number(BigInt.asUintN(31, capabilities))
  }
}

function toMember(
  { seat, round, standing, vote }: { seat: number; round: number; standing: number; vote: Hex },
  index: number,
  owner: Address
): Member {
  const name = STANDINGS[standing] ?? 'drawn'
  return {
    index,
    seat,
    owner,
    round,
    standing: name,
    ...(VOTED.includes(name) ? { vote } : {}),
    ...(standing === OR_TIMEOUT ? { orTimeout: true as const } : {})
  }
}
