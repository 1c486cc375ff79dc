import type { Address, Hex } from '../../../protocols/common/values.ts'
import { toHex } from '../../../protocols/common/values.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { positionAt, probesOf } from '../../../protocols/mediation/draw.ts'
import { nextCall } from '../../../protocols/mediation/next-call.ts'
import { type Appeal, payoutTable } from '../../../protocols/mediation/payouts.ts'
import { sizeOf } from '../../../protocols/mediation/rules.ts'
import type { Dispute, Member, Seat, Standing } from '../../../protocols/mediation/types.ts'
import { TIMEOUT_DIGEST } from '../../../protocols/mediation/verdict.ts'
import { shorten, voteHash } from '../../../protocols/mediation/vote.ts'
import { accountOf, digestOf } from '../../support/market/make.ts'

const hex = (text: string): Hex => toHex(digestOf(text))
const DEAL = hex('deal')
const FEE = 100n
const PARTIES: [Address, Address] = [accountOf(1), accountOf(2)]

export function buildVotes() {
  const plain = { deal: DEAL, round: 0, seat: 7, digest: hex('digest'), orTimeout: false, salt: hex('salt') }
  const votes = [
    plain,
    { ...plain, orTimeout: true },
    { ...plain, round: 2, seat: 4_294_967_295 },
    { ...plain, digest: TIMEOUT_DIGEST }
  ]
  return votes.map(vote => ({ vote, hash: voteHash(vote), short: shorten(voteHash(vote)) }))
}

const SEATS: Seat[] = Array.from({ length: 12 }, (_unused, index) => ({
  index,
  // two seats have one owner, two belong to the parties
  owner: accountOf(index === 5 ? 14 : index + 10 - (index < 2 ? 9 : 0)),
  fromSec: index === 8 ? 5_000 : 100,
  ...(index === 9 ? { exitSec: 900 } : {}),
  stake: 4_800n,
  risk: index === 10 ? 4_501n : 0n,
  capabilities: index === 11 ? 1 : 3
}))

export function buildDraws() {
  const seeds = ['seed', 'another seed'].map(hex)
  const positions = seeds.flatMap(seed =>
    [0, 1, 2, 959].map(i => ({
      seed,
      deal: DEAL,
      round: 0,
      i,
      seatCount: 12,
      position: positionAt(seed, DEAL, 0, i, 12)
    }))
  )
  const deal = { creator: PARTIES[0], provider: PARTIES[1], seatFee: FEE, needs: 2 }
  const draws = seeds.map(seed => {
    const dispute = { ...disputeOf([]), phase: 'drawing' as const, seated: 0, seatCount: 12 }
    return {
      seed,
      deal: { id: DEAL, ...deal },
      round: 0,
      challengedAtSec: 1_000,
      seats: SEATS,
      probes: probesOf(dispute, seed, deal, SEATS)
    }
  })
  return { positions, draws }
}

interface Round {
  /** d: declined, x: committed only, -: absent, e: excused, T: own timeout, a, b, …: revealed that digest; upper case accepts a timeout */
  votes: string
  /** who paid for it and for whom, from the second round on */
  appeal?: { payer: number; forCreator: boolean }
}
interface Story {
  name: string
  /** of the provider; undefined: never opened */
  given: string | undefined
  rounds: Round[]
  providerWrong: boolean
  charge?: bigint
}

/** How disputes end; `providerWrong` is what the last judged round said. */
const STORIES: Story[] = [
  { name: 'provider right, all agree', given: 'a', rounds: [{ votes: 'aaa' }], providerWrong: false },
  { name: 'provider right, one seat wrong', given: 'a', rounds: [{ votes: 'aba' }], providerWrong: false },
  {
    name: 'provider right, no majority: nobody is wrong',
    given: 'a',
    rounds: [{ votes: 'abc' }],
    providerWrong: false
  },
  { name: 'provider right, nobody opened a vote', given: 'a', rounds: [{ votes: '-x-' }], providerWrong: false },
  { name: 'provider wrong, all agree', given: 'a', rounds: [{ votes: 'bbb' }], providerWrong: true },
  { name: 'provider wrong, one seat absent', given: 'a', rounds: [{ votes: 'bb-' }], providerWrong: true },
  {
    name: 'provider wrong, it opened nothing, votes differ',
    given: undefined,
    rounds: [{ votes: 'abc' }],
    providerWrong: true
  },
  {
    name: 'provider wrong, it opened nothing, nobody voted',
    given: undefined,
    rounds: [{ votes: '---' }],
    providerWrong: true
  },
  {
    name: 'a member declined and was replaced',
    given: 'a',
    rounds: [{ votes: 'daaa' }],
    providerWrong: false,
    charge: 40n
  },
  { name: 'a timeout that two slow seats accept', given: 'T', rounds: [{ votes: 'ABc' }], providerWrong: false },
  { name: 'a timeout that two quick seats refuse', given: 'T', rounds: [{ votes: 'aaB' }], providerWrong: true },
  {
    name: 'appeal of the creator, won',
    given: 'a',
    rounds: [{ votes: 'aac' }, { votes: 'bbbbb-c', appeal: { payer: 1, forCreator: true } }],
    providerWrong: true
  },
  {
    name: 'appeal by a third for the provider, lost',
    given: 'a',
    rounds: [{ votes: 'bbb' }, { votes: 'bbbbbbb', appeal: { payer: 9, forCreator: false } }],
    providerWrong: true
  },
  {
    name: 'an appeal that was not drawn',
    given: 'a',
    rounds: [{ votes: 'bbb' }, { votes: 'eee' }],
    providerWrong: true
  },
  { name: 'the first round was not drawn', given: undefined, rounds: [{ votes: 'ee' }], providerWrong: false },
  {
    name: 'three rounds',
    given: 'a',
    rounds: [
      { votes: 'bba' },
      { votes: 'aaaabb-', appeal: { payer: 2, forCreator: false } },
      { votes: 'bbbbbbbbbaaadb--', appeal: { payer: 1, forCreator: true } }
    ],
    providerWrong: true
  }
]

export function buildPayouts() {
  const deal = { price: 100n, collateral: 350n, seatFee: FEE, creator: PARTIES[0], provider: PARTIES[1] }
  return STORIES.map(({ name, given, rounds, providerWrong, charge = 100n }) => {
    const members = rounds.flatMap(({ votes }, round) => [...votes].map(letter => ({ letter, round })))
    const listed = members.map(({ letter, round }, index) => memberOf(letter, index, round))
    const digest = given === undefined ? undefined : digestBy(given)
    const appeals: Appeal[] = rounds.flatMap(({ appeal }, round) =>
      appeal === undefined ? [] : [{ round, payer: accountOf(appeal.payer), forCreator: appeal.forCreator }]
    )
    const dispute = {
      members: listed,
      round: rounds.length - 1,
      providerWrong,
      ...(digest === undefined ? {} : { digest })
    }
    return { name, deal, charge, dispute, appeals, ...payoutTable(deal as Deal, { charge }, dispute, appeals) }
  })
}

const STANDINGS: Record<string, Standing> = { d: 'declined', x: 'committed', '-': 'drawn', e: 'excused' }
const digestBy = (letter: string): Hex => (letter === 'T' ? TIMEOUT_DIGEST : hex(letter.toLowerCase()))

function memberOf(letter: string, index: number, round: number): Member {
  const member = { index, seat: index + 100, owner: accountOf(index + 20), round }
  const standing = STANDINGS[letter]
  if (standing !== undefined) return { ...member, standing }
  const isSlow = letter !== letter.toLowerCase()
  return { ...member, standing: 'revealed', vote: shorten(digestBy(letter)), ...(isSlow ? { orTimeout: true } : {}) }
}

function disputeOf(members: Member[]): Dispute {
  return {
    ...{ deal: DEAL, phase: 'voting', round: 0, rearms: 0, seeded: true, providerWrong: false, first: 0 },
    ...{ seated: sizeOf(0), committed: 0, revealed: 0, cursor: members.length, seatCount: 30 },
    ...{ challengedAtSec: 1_000, roundAtSec: 1_000, deadlineSec: 1_300, members }
  }
}

/** Where a dispute stands and the one call that is due at a moment. The reveal window is 60 s. */
export function buildNextCalls() {
  const drawing = { ...disputeOf([]), phase: 'drawing' as const, seated: 0, cursor: 0, deadlineSec: 0 }
  const unseeded = { ...drawing, seeded: false, ticket: 9n }
  const seeded = { ...drawing, deadlineSec: 1_300 }
  const cases: [name: string, dispute: Dispute, nowSec: number][] = [
    ['the seed is not known yet', { ...unseeded, ticketStatus: 'pending' }, 1_001],
    ['the seed is there', { ...unseeded, ticketStatus: 'ready' }, 1_001],
    ['the seed was missed', { ...unseeded, ticketStatus: 'missed' }, 1_001],
    ['the seed was missed for the last time', { ...unseeded, ticketStatus: 'missed', rearms: 3 }, 1_001],
    ['seats are missing', seeded, 1_300],
    ['seats are missing and the time is over', seeded, 1_301],
    ['every position was tried', { ...seeded, cursor: 960 }, 1_100],
    ['the votes run', disputeOf([]), 1_300],
    ['the vote window ended by itself', disputeOf([]), 1_301],
    ['nobody opens anything any more', disputeOf([]), 1_361],
    ['reveals run', { ...disputeOf([]), phase: 'revealing' }, 1_300],
    ['reveals are over', { ...disputeOf([]), phase: 'revealing' }, 1_301],
    ['an appeal may come', { ...disputeOf([]), phase: 'judged' }, 1_300],
    ['no appeal came', { ...disputeOf([]), phase: 'judged' }, 1_301],
    ['no appeal can come', { ...disputeOf([]), phase: 'judged', deadlineSec: 0 }, 1_001]
  ]
  return cases.map(([name, dispute, nowSec]) => ({
    name,
    dispute,
    nowSec,
    revealWindowSec: 60,
    call: nextCall(dispute, { nowSec, revealWindowSec: 60 }) ?? null
  }))
}
