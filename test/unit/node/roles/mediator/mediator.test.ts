import assert from 'node:assert/strict'
import { UserError } from '../../../../../protocols/common/errors.ts'
import { toHex } from '../../../../../protocols/common/values.ts'
import { outcomeDigest } from '../../../../../protocols/job/digest.ts'
import { shorten, voteHash } from '../../../../../protocols/mediation/vote.ts'
import { endless, JudgeBench, TRUTH, unavailable } from '../../../../support/mediation/bench.ts'
import { SALT, type ToyCase } from '../../../../support/mediation/toy-case.ts'
import { settled } from '../../../../support/mediation/virtual-time.ts'

describe('roles/mediator', () => {
  let bench: JudgeBench
  beforeEach(() => {
    bench = new JudgeBench()
  })
  afterEach(() => bench.stop())

  const vote = (toy: ToyCase, seat: number) =>
    shorten(voteHash({ deal: toy.id, round: 0, seat, digest: TRUTH, orTimeout: false, salt: SALT }))
  /** the two other members commit; with ours the reveal begins */
  const othersCommit = (toy: ToyCase) =>
    bench.others(toy, (owner, index) => {
      const seat = bench.court.dispute(toy.id)?.members[index]?.seat ?? 0
      bench.court.commit(owner, toy.id, index, vote(toy, seat))
    })
  const othersReveal = (toy: ToyCase) =>
    bench.others(toy, (owner, index) =>
      bench.court.reveal(owner, toy.id, index, { digest: TRUTH, orTimeout: false, salt: SALT })
    )
  const finish = async (toy: ToyCase) => {
    bench.court.revealCommitment(toy.result, TRUTH, SALT)
    await bench.time.pass(61)
    bench.court.finish(toy.deal, toy.result)
  }

  it('default: drawn, runs the job, commits, reveals, is paid', async () => {
    const role = bench.role()
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.pass(role, 3)
    assert.deepEqual([bench.standing(toy.id), bench.state(role, toy).phase], ['committed', 'committed'])
    assert.deepEqual(
      bench.watched.map(w => w.interest),
      ['member']
    )
    othersCommit(toy)
    await bench.pass(role, 8)
    assert.equal(bench.standing(toy.id), 'revealed')
    othersReveal(toy)
    await finish(toy)
    await bench.pass(role, 5)
    const { phase, paid, lost } = bench.state(role, toy)
    assert.deepEqual([phase, paid, lost], ['paid', 100n, 0n])
  })

  it('behavior: what was computed is let go a week after the end', async () => {
    const role = bench.role()
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.pass(role, 3)
    othersCommit(toy)
    await bench.pass(role, 8)
    othersReveal(toy)
    await finish(toy)
    await bench.pass(role, 5)
    bench.time.nowMs += 7 * 24 * 3600_000 - 60_000
    await bench.pass(role, 1)
    assert.deepEqual(bench.unpinned, [])
    bench.time.nowMs += 3600_000
    await bench.pass(role, 1)
    assert.deepEqual(bench.unpinned, [`judgement of ${toy.id}`])
  })

  it('behavior: the vote is on disk before the commit leaves', async () => {
    const role = bench.role({
      fate: call => {
        if (call === 'commit') {
          const [record] = bench.journal.list<{ vote?: unknown; salt?: string }>('mediation')
          assert.ok(record?.state.vote !== undefined && record.state.salt !== undefined)
        }
        return 'pass'
      }
    })
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.pass(role, 3)
    assert.equal(bench.standing(toy.id), 'committed')
  })

  it('behavior: a node that comes back opens the vote that it committed', async () => {
    const first = bench.role()
    const toy = await bench.dispute()
    await bench.tell(first)
    await bench.pass(first, 3)
    await first.stop()
    othersCommit(toy)
    const second = bench.role({ run: () => Promise.reject(new Error('there is nothing to run any more')) })
    await bench.pass(second, 5)
    assert.equal(bench.standing(toy.id), 'revealed')
  })

  it('behavior: a node that dies in mid-run runs again', async () => {
    const first = bench.role({ run: endless })
    const toy = await bench.dispute()
    await bench.tell(first)
    await bench.pass(first, 2)
    assert.equal(bench.state(first, toy).phase, 'running')
    // what is on disk is what a new process finds
    bench.kill(first)
    const second = bench.role()
    await bench.pass(second, 3)
    assert.equal(bench.standing(toy.id), 'committed')
  })

  it('behavior: answers that are lost change nothing', async () => {
    let n = 0
    const role = bench.role({ fate: call => (call === 'commit' && n++ === 0 ? 'done-and-lost' : 'pass') })
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.pass(role, 6)
    assert.deepEqual([bench.standing(toy.id), bench.state(role, toy).phase], ['committed', 'committed'])
  })

  it('error: a journal that was lost finds the dispute again, and says that it cannot open the vote', async () => {
    const first = bench.role()
    const toy = await bench.dispute()
    await bench.tell(first)
    await bench.pass(first, 3)
    await first.stop()
    const second = bench.role({}, bench.openJournal('another'))
    await bench.tell(second)
    await bench.pass(second, 3)
    const { phase, reason } = bench.state(second, toy)
    assert.equal(phase, 'absent')
    assert.match(reason ?? '', /journal does not know/)
  })

  it('behavior: draws of others, of disputes that are over, and told twice, begin nothing', async () => {
    const role = bench.role()
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.tell(role)
    assert.equal(role.judgements(10).length, 1)
    await role.stop()
    othersCommit(toy)
    await bench.time.pass(1_000)
    bench.court.tally(toy.deal)
    bench.court.finish(toy.deal, toy.result)
    const late = bench.role({}, bench.openJournal('another'))
    await bench.tell(late)
    assert.deepEqual(late.judgements(10), [])
  })

  it('behavior: what the specification rules out is voted down', async () => {
    const role = bench.role({ specBytes: () => new Uint8Array([0xa0]) })
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.pass(role, 3)
    assert.equal(bench.state(role, toy).vote?.digest, toHex(outcomeDigest('invalid')))
    assert.equal(bench.standing(toy.id), 'committed')
  })

  it('behavior: a deal that needs other engines than its job is voted down', async () => {
    const role = bench.role()
    const toy = await bench.dispute({ needs: 2 })
    await bench.tell(role)
    await bench.pass(role, 3)
    assert.equal(bench.state(role, toy).vote?.outcome, 'invalid')
  })

  it('behavior: inputs that nobody has are a vote of their own at half of the window', async () => {
    const role = bench.role({ prepare: async () => unavailable() })
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.pass(role, 80)
    assert.equal(bench.state(role, toy).phase, 'preparing')
    await bench.pass(role, 12)
    assert.equal(bench.state(role, toy).vote?.digest, toHex(outcomeDigest('unavailable')))
    assert.equal(bench.standing(toy.id), 'committed')
  })

  it('behavior: inputs that come late are used', async () => {
    let isThere = false
    const role = bench.role({ prepare: async () => (isThere ? undefined : unavailable()) })
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.pass(role, 30)
    isThere = true
    await bench.pass(role, 15)
    assert.deepEqual([bench.state(role, toy).vote?.digest, bench.standing(toy.id)], [TRUTH, 'committed'])
  })

  it('behavior: a place too few: the seat that waits is given back in time', async () => {
    addOwners(6)
    const role = bench.role({ judgements: 1, run: endless })
    const first = await disputeWithUs()
    const second = await disputeWithUs()
    await bench.tell(role)
    await bench.pass(role, 58)
    assert.deepEqual([bench.standing(first.id), bench.standing(second.id)], ['drawn', 'declined'])
    assert.equal(bench.state(role, second).phase, 'declined')
  })

  it('behavior: without the engine the seat is given to another at once', async () => {
    addOwners(3)
    const missing = async () => {
      throw new UserError('EngineMissingError', 'this node has no js engine')
    }
    const role = bench.role({ prepare: missing })
    const toy = await disputeWithUs()
    await bench.tell(role)
    await bench.pass(role, 5)
    assert.deepEqual([bench.standing(toy.id), bench.state(role, toy).declines], ['declined', 'engine-missing'])
    assert.equal(bench.court.dispute(toy.id)?.members.length, 4)
  })

  it('behavior: nobody else can be drawn: who lacks the engine stays away', async () => {
    const missing = async () => {
      throw new UserError('EngineMissingError', 'this node has no js engine')
    }
    const role = bench.role({ prepare: missing })
    const toy = await bench.dispute()
    await bench.tell(role)
    await bench.pass(role, 5)
    assert.deepEqual([bench.standing(toy.id), bench.state(role, toy).phase], ['drawn', 'absent'])
  })

  it('behavior: shutting down gives back what is under way', async () => {
    addOwners(3)
    const role = bench.role({ run: endless })
    const toy = await disputeWithUs()
    await bench.tell(role)
    await bench.pass(role, 3)
    assert.equal(bench.state(role, toy).phase, 'running')
    const stopped = role.stop()
    await settled()
    assert.equal(bench.standing(toy.id), 'declined')
    bench.time.nowMs += 60_000
    await stopped
  })

  function addOwners(count: number): void {
    for (let i = 0; i < count; i++) {
      const owner = `0x${(0xabc00 + i).toString(16).padStart(40, '0')}` as const
      bench.court.credit(owner, 1_000_000n)
      bench.court.takeSeat(owner, 3)
    }
  }
  /** until the lot falls on this account */
  async function disputeWithUs(): Promise<ToyCase> {
    for (;;) {
      const toy = await bench.dispute()
      if (bench.standing(toy.id) !== undefined) return toy
    }
  }
})
