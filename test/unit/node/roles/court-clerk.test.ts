import assert from 'node:assert/strict'
import { CourtClerk } from '../../../../node/roles/court-clerk.ts'
import type { DisputeCase } from '../../../../node/roles/disputes.ts'
import { hashDeal } from '../../../../node/settlement/typed-data.ts'
import type { Address } from '../../../../protocols/common/values.ts'
import type { Interest } from '../../../../protocols/mediation/errand.ts'
import { shorten, voteHash } from '../../../../protocols/mediation/vote.ts'
import { memoryStore } from '../../../helpers/memory-store.ts'
import { World } from '../../../support/deal/world.ts'
import { type CourtFaults, courtOf } from '../../../support/mediation/court-of.ts'
import {
  CREATOR,
  challenge,
  digestNo,
  PROVIDER,
  SALT,
  type ToyCase,
  toyCourt
} from '../../../support/mediation/toy-case.ts'
import type { ToyCourt } from '../../../support/mediation/toy-court.ts'
import { VirtualTime } from '../../../support/mediation/virtual-time.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
/** Long enough for a dispute in which nobody does anything. */
const WHOLE_SEC = 1_000

describe('roles/court-clerk', () => {
  let time: VirtualTime
  let court: ToyCourt
  let clerks: CourtClerk[]

  beforeEach(async () => {
    time = new VirtualTime()
    clerks = []
    ;({ court } = toyCourt(time, 12))
    await time.pass(2)
  })
  afterEach(async () => {
    await Promise.all(clerks.map(clerk => clerk.stop()))
  })

  function clerk(account: Address, faults: CourtFaults = {}, journal = memoryStore()): CourtClerk {
    const client = courtOf(court, account, faults)
    const settlement = {
      court: client,
      account,
      now: async () => time.nowSec,
      dealId: hashDeal,
      status: async (deal: Parameters<typeof hashDeal>[0]) => ({
        phase: court.ended.has(hashDeal(deal)) ? ('closed' as const) : ('disputed' as const),
        deadlineSec: 0
      })
    }
    const { clock, pause } = time
    const made = new CourtClerk({ settlement, journal, clock, log: QUIET, pause })
    clerks.push(made)
    made.start()
    return made
  }
  const caseOf = ({ deal, result, digest }: ToyCase, interest: Interest): DisputeCase => ({
    deal,
    result,
    interest,
    ...(interest === 'provider' ? { commitment: { digest, salt: SALT } } : {})
  })
  /** every member of the round votes and opens its vote as soon as it may */
  async function vote(toy: ToyCase, digest = toy.digest): Promise<void> {
    const { members } = court.dispute(toy.id) ?? { members: [] }
    for (const { index, owner, seat, round } of members) {
      const vote = { deal: toy.id, round, seat, digest, orTimeout: false, salt: SALT }
      court.commit(owner, toy.id, index, shorten(voteHash(vote)))
    }
    for (const { index, owner } of members) court.reveal(owner, toy.id, index, { digest, orTimeout: false, salt: SALT })
  }

  it('default: a dispute in which nobody else does anything ends', async () => {
    const toy = challenge(court)
    const made = clerk(CREATOR)
    made.watch(caseOf(toy, 'challenger'))
    await time.pass(WHOLE_SEC)
    assert.deepEqual([court.live, made.watching], [[], []])
    // three votes were due and none came: what the seats lost goes to nobody, and the provider opened nothing
    assert.equal(court.ended.get(toy.id)?.verdict.providerWrong, true)
  })

  it('behavior: the provider opens its commitment when the votes are in, at once', async () => {
    const toy = challenge(court)
    const sent: string[] = []
    clerk(PROVIDER, { sent }).watch(caseOf(toy, 'provider'))
    await time.pass(20)
    assert.equal(court.dispute(toy.id)?.phase, 'voting')
    await vote(toy)
    await time.pass(10)
    assert.equal(court.dispute(toy.id)?.phase, 'judged')
    assert.deepEqual(
      sent.filter(call => call !== 'dispute' && call !== 'settings'),
      ['draw', 'revealCommitment']
    )
    await time.pass(WHOLE_SEC)
    assert.equal(court.ended.get(toy.id)?.verdict.providerWrong, false)
  })

  it('behavior: clerks of all ranks together send each call once', async () => {
    const toy = challenge(court)
    const sent: string[] = []
    await time.pass(6)
    court.draw(toy.deal)
    for (const { owner } of court.dispute(toy.id)?.members ?? []) clerk(owner, { sent }).watch(caseOf(toy, 'member'))
    clerk(CREATOR, { sent }).watch(caseOf(toy, 'challenger'))
    clerk(PROVIDER, { sent }).watch(caseOf(toy, 'provider'))
    await time.pass(WHOLE_SEC)
    assert.deepEqual(sent, ['revealCommitment', 'finish'])
    assert.deepEqual(
      clerks.map(c => c.watching),
      clerks.map(() => [])
    )
  })

  it('behavior: without the parties a member leads on', async () => {
    const toy = challenge(court)
    const sent: string[] = []
    await time.pass(6)
    court.draw(toy.deal)
    for (const { owner } of court.dispute(toy.id)?.members ?? []) clerk(owner, { sent }).watch(caseOf(toy, 'member'))
    await time.pass(WHOLE_SEC)
    assert.deepEqual([clerks.length, sent, court.live], [3, ['tally', 'finish'], []])
  })

  it('behavior: a missed seed is asked for anew, until the round is dropped', async () => {
    const toy = challenge(court)
    const made = clerk(CREATOR, { fate: call => (call === 'draw' ? 'lost' : 'pass') })
    made.watch(caseOf(toy, 'challenger'))
    await time.pass(2 * WHOLE_SEC)
    assert.equal(court.ended.get(toy.id)?.verdict.providerWrong, false)
    assert.deepEqual(made.watching, [])
  })

  it('behavior: watches on after a restart, with what it knew', async () => {
    const toy = challenge(court)
    const journal = memoryStore()
    const first = clerk(PROVIDER, {}, journal)
    first.watch(caseOf(toy, 'provider'))
    await time.pass(20)
    await first.stop()
    await vote(toy)
    const second = clerk(PROVIDER, {}, journal.copy())
    assert.deepEqual(second.watching, [toy.id])
    await time.pass(10)
    assert.equal(court.dispute(toy.id)?.digest, toy.digest)
    await time.pass(WHOLE_SEC)
    assert.deepEqual([second.watching, court.live], [[], []])
  })

  it('behavior: what is given before the start or twice is watched once', async () => {
    const toy = challenge(court)
    const made = clerk(CREATOR)
    await made.stop()
    made.watch(caseOf(toy, 'challenger'))
    made.watch(caseOf(toy, 'challenger'))
    made.start()
    assert.deepEqual(made.watching, [toy.id])
  })

  it('error: calls and answers that are lost delay, and end nothing', async () => {
    const toy = challenge(court)
    const random = new World(5)
    const made = clerk(CREATOR, { fate: () => random.pick(['lost', 'pass', 'pass', 'pass', 'done-and-lost'] as const) })
    made.watch(caseOf(toy, 'challenger'))
    await time.pass(3 * WHOLE_SEC)
    assert.deepEqual([court.live, made.watching], [[], []])
  })

  it('behavior: a verdict is never appealed', async () => {
    const toy = challenge(court, {}, digestNo(0xbad))
    const sent: string[] = []
    clerk(PROVIDER, { sent }).watch(caseOf(toy, 'provider'))
    await time.pass(20)
    await vote(toy, digestNo(1))
    await time.pass(WHOLE_SEC)
    assert.equal(court.ended.get(toy.id)?.verdict.providerWrong, true)
    assert.ok(!sent.includes('appeal'))
  })
})
