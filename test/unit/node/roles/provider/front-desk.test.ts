import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DESK_LIMITS } from '../../../../../protocols/deal/desk.ts'
import { match } from '../../../../../protocols/matching/match.ts'
import type { JobOffer } from '../../../../../protocols/offers/schema.ts'
import {
  DeskCreator,
  type DeskInitInTest,
  type DeskJob,
  DeskProvider,
  HandClock,
  type Said
} from '../../../../support/deal/desk-bench.ts'
import { Cleanup, until } from '../../../../support/hosts.ts'
import { checkAsync } from '../../../../support/market/property.ts'

const MIB = 2 ** 20
const ROOM = { cpuMillis: 4_000, memoryBytes: 1024 * MIB, diskBytes: 1024 * MIB, gpus: [] }
const ALL = { cpuMillis: 4_000 }

describe('roles/provider/front-desk', () => {
  const cleanup = new Cleanup()
  let clock: HandClock
  beforeEach(() => {
    clock = new HandClock()
  })
  afterEach(() => cleanup.run())

  const start = (init: Partial<DeskInitInTest> = {}) => DeskProvider.start(cleanup, clock, { capacity: ROOM, ...init })
  const creator = () => new DeskCreator(clock)
  /** A creator of its own for a job. */
  async function one(resources: Parameters<DeskCreator['job']>[0], changes: Partial<JobOffer> = {}) {
    const who = creator()
    return { who, job: await who.job(resources, changes) }
  }
  type One = Awaited<ReturnType<typeof one>>
  const propose = ({ who, job }: One, to: DeskProvider, hold = false) => who.propose(job, to, { hold })
  /** The answer, with the round brought to its end if need be. */
  async function answer(asking: Promise<Said>, at: DeskProvider): Promise<Said> {
    let isThere = false
    void asking
      .finally(() => {
        isThere = true
      })
      .catch(() => undefined)
    await until(() => isThere || at.desk.waiting > 0)
    if (!isThere) clock.advance(clock.roundMs)
    return asking
  }
  const turned = (said: Said) => (said.agreed ? 'agreed' : said.reason)

  it('default: an idle provider answers a lone job at once, on disk', async () => {
    const provider = await start()
    const before = clock.nowMs()
    assert.deepEqual(await propose(await one(ALL), provider), { agreed: true })
    assert.equal(clock.nowMs(), before)
    assert.deepEqual(
      provider.reserved().map(s => s.needs.resources.cpuMillis),
      [4_000]
    )
  })

  it('behavior: who finds no room is answered when the round is over, and told when there should be room', async () => {
    const provider = await start()
    await propose(await one({ cpuMillis: 3_000 }, { timeoutMs: 30_000 }), provider)
    await propose(await one({ cpuMillis: 1_000 }, { timeoutMs: 50_000 }), provider)
    const [nowMs, lateMs] = [clock.nowMs(), clock.nowMs() + clock.roundMs]
    const [small, whale] = [await one({ cpuMillis: 2_000 }), await one(ALL)]
    const said = await Promise.all([propose(small, provider), answer(propose(whale, provider), provider)])
    assert.deepEqual(said.map(turned), ['no-room', 'no-room'])
    // nothing has started: a deal takes its time limit from now on, whenever that is
    assert.deepEqual(
      said.map(s => !s.agreed && s.freeAtMs),
      [lateMs + 30_000, lateMs + 50_000]
    )
    assert.equal(clock.nowMs(), nowMs + clock.roundMs)
  })

  it('behavior: room that comes before the round is over is given at once', async () => {
    const provider = await start()
    await propose(await one(ALL), provider)
    const waiting = propose(await one(ALL), provider)
    await until(() => provider.desk.waiting === 1)
    provider.finish(provider.agreed[0] ?? '0x')
    assert.deepEqual(await waiting, { agreed: true })
  })

  it('property: what is in hand in one round is served as match would, and no room is given twice', async function () {
    this.timeout(60_000)
    const creators = [creator(), creator(), creator()]
    const asked = fc.record({
      who: fc.nat(2),
      tip: fc.constantFrom(0n, 1n, 5n),
      cpuMillis: fc.constantFrom(500, 1_000, 2_000, 3_000, 4_000),
      memoryBytes: fc.constantFrom(1, 512 * MIB),
      late: fc.nat(1)
    })
    let telling = 0
    await checkAsync(
      fc.asyncProperty(fc.array(asked, { minLength: 2, maxLength: 6, size: 'max' }), async list => {
        const provider = await start()
        await propose(await one(ALL), provider)
        const jobs: DeskJob[] = []
        const replies: Promise<Said>[] = []
        for (const { who, tip, cpuMillis, memoryBytes, late } of list) {
          const mine = creators[who] as DeskCreator
          const job = await mine.job({ cpuMillis, memoryBytes }, { tip, fromRound: clock.round - late })
          jobs.push(job)
          replies.push(mine.propose(job, provider))
        }
        await until(() => provider.desk.waiting === list.length)
        provider.finish(provider.agreed[0] ?? '0x')
        clock.advance(clock.roundMs)
        const said = await Promise.all(replies)
        const { matches } = match(
          jobs.map(j => j.input),
          [provider.input],
          { round: clock.round }
        )
        const nonces = (all: { nonce: unknown }[]) => all.map(({ nonce }) => BigInt(nonce as bigint))
        const served = provider.agreed.slice(1).map(id => ({ nonce: provider.runner.get(id)?.deal.nonce }))
        assert.deepEqual(nonces(served), nonces(matches.map(m => m.job.offer)))
        assert.deepEqual(
          said.map(s => s.agreed),
          jobs.map(j => matches.some(m => m.job === j.input))
        )
        if (matches.length > 0 && matches.length < list.length) telling++
      }),
      25
    )
    assert.ok(telling > 8, `only ${telling} rounds were contested`)
  })

  it('behavior: the same proposal again, also at the same time, is the same deal', async () => {
    const provider = await start()
    const mine = await one(ALL)
    const twice = await Promise.all([propose(mine, provider), propose(mine, provider)])
    assert.deepEqual([...twice, await propose(mine, provider)], [{ agreed: true }, { agreed: true }, { agreed: true }])
    const late = await one(ALL)
    const both = [propose(late, provider), propose(late, provider)]
    await until(() => provider.desk.waiting === 1)
    provider.finish(provider.agreed[0] ?? '0x')
    assert.deepEqual(await Promise.all(both), [{ agreed: true }, { agreed: true }])
    assert.equal(provider.agreed.length, 2)
    provider.finish(provider.agreed[1] ?? '0x')
    assert.equal(turned(await propose(late, provider)), 'bad-proposal')
  })

  it('behavior: a newer proposal for a job takes the place of the older', async () => {
    const provider = await start()
    await propose(await one(ALL), provider)
    const { who, job } = await one(ALL)
    const older = who.propose(job, provider)
    await until(() => provider.desk.waiting === 1)
    const newer = who.propose(job, provider, { certificate: new Uint8Array(9) })
    assert.equal(turned(await older), 'bad-proposal')
    assert.equal(provider.desk.waiting, 1)
    provider.finish(provider.agreed[0] ?? '0x')
    assert.deepEqual(await newer, { agreed: true })
  })

  it('behavior: a creator that has left does not contend', async () => {
    const provider = await start()
    await propose(await one(ALL), provider)
    const [rich, poor] = [await one({ cpuMillis: 3_000 }, { tip: 9n }), await one({ cpuMillis: 2_000 })]
    const leaving = new AbortController()
    const left = assert.rejects(rich.who.propose(rich.job, provider, { signal: leaving.signal }), { message: 'left' })
    const waiting = propose(poor, provider)
    await until(() => provider.desk.waiting === 2)
    provider.finish(provider.agreed[0] ?? '0x')
    // there is room for one of them: they contend until one leaves
    assert.equal(provider.desk.waiting, 2)
    leaving.abort(new Error('left'))
    await left
    assert.deepEqual(await waiting, { agreed: true })
    await assert.rejects(rich.who.propose(rich.job, provider, { signal: leaving.signal }), { message: 'left' })
    assert.equal(provider.agreed.length, 2)
  })

  it('behavior: a provider that stops lets nobody wait', async () => {
    const provider = await start()
    await propose(await one(ALL), provider)
    const waiting = propose(await one(ALL), provider)
    await until(() => provider.desk.waiting === 1)
    provider.draining = true
    provider.desk.close('closed')
    assert.equal(turned(await waiting), 'draining')
    assert.equal(turned(await propose(await one(ALL), provider)), 'draining')
  })

  it('behavior: creators that the operator did not list are refused, once they have proven who they are', async () => {
    const friend = await one(ALL)
    const provider = await start({ allow: [friend.who.account] })
    assert.equal(turned(await propose(await one(ALL), provider)), 'not-allowed')
    assert.equal(turned(await propose(friend, provider)), 'agreed')
  })

  it('error: what cannot be written is not agreed to and takes no room', async () => {
    const provider = await start()
    const { begin } = provider.runner
    provider.runner.begin = () => {
      throw new Error('the disk is full')
    }
    await assert.rejects(propose(await one(ALL), provider), /disk is full/)
    provider.runner.begin = begin
    assert.equal(turned(await propose(await one(ALL), provider)), 'agreed')
  })

  it('behavior: where no further job is taken nothing is offered', async () => {
    const provider = await start({ maxJobs: 1 })
    assert.deepEqual(provider.room.offered(), ROOM)
    await propose(await one({ cpuMillis: 1 }), provider)
    assert.deepEqual(provider.room.offered(), { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: [] })
    const second = await answer(propose(await one({ cpuMillis: 1 }), provider), provider)
    assert.ok(!second.agreed && second.reason === 'no-room' && second.freeAtMs === clock.nowMs() + 60_000)
  })

  it('behavior: of a flood of proposals of one creator few wait, and others get their turn', async () => {
    const provider = await start()
    await propose(await one(ALL), provider)
    const flooder = creator()
    const flood: Promise<Said>[] = []
    for (let i = 0; i < DESK_LIMITS.waitingOfOne + 5; i++)
      flood.push(flooder.propose(await flooder.job(ALL, { tip: 9n }), provider))
    const said = Promise.all(flood)
    await until(() => provider.desk.waiting === DESK_LIMITS.waitingOfOne)
    const other = propose(await one(ALL), provider)
    await until(() => provider.desk.waiting === DESK_LIMITS.waitingOfOne + 1)
    clock.advance(clock.roundMs)
    assert.deepEqual(new Set([...(await said), await other].map(turned)), new Set(['no-room']))
  })

  describe('holds', () => {
    /** A provider full of small jobs, and as many new ones at each step as end. */
    async function stream(init: Partial<DeskInitInTest> = {}) {
      const provider = await start(init)
      const busy = creator()
      const small = async (to = provider) => answer(busy.propose(await busy.job({ cpuMillis: 1_000 }), to), to)
      for (let i = 0; i < 4; i++) assert.ok((await small()).agreed)
      const step = async () => {
        const [oldest] = provider.reserved()
        if (oldest !== undefined) provider.finish(oldest.dealId)
        clock.advance(1_000)
        return (await small()).agreed
      }
      return { provider, small, step }
    }
    /** Refused for a minute: then it may ask. */
    async function waited(whale: One, provider: DeskProvider): Promise<void> {
      for (let i = 0; i < 2; i++) {
        const said = await answer(propose(whale, provider, true), provider)
        assert.ok(!said.agreed && said.holdUntilMs === undefined)
        clock.advance(30_000)
      }
    }
    const heldUntil = (said: Said) => (said.agreed ? undefined : said.holdUntilMs)

    it('default: a whale gets through a stream of small ones, and would not without', async () => {
      const { provider, step } = await stream()
      const whale = await one(ALL)
      for (let i = 0; i < 6; i++) {
        assert.ok(await step(), 'nothing is kept for whoever does not ask')
        assert.equal(turned(await answer(propose(whale, provider), provider)), 'no-room')
      }
      await waited(whale, provider)
      const asked = await answer(propose(whale, provider, true), provider)
      assert.ok((heldUntil(asked) ?? 0) > clock.nowMs())
      provider.finish(provider.reserved()[0]?.dealId ?? '0x')
      assert.equal(provider.room.room().free.cpuMillis, 1_000)
      assert.equal(provider.room.offered().cpuMillis, 0, 'what is kept is not offered')
      for (let i = 0; i < 3; i++) assert.equal(await step(), false)
      assert.equal(turned(await propose(whale, provider, true)), 'agreed')
      assert.equal(provider.room.room().holds.length, 0)
    })

    it('behavior: it is on disk: a provider that starts again keeps its word', async () => {
      const { provider } = await stream()
      const whale = await one(ALL)
      await waited(whale, provider)
      assert.ok(heldUntil(await answer(propose(whale, provider, true), provider)) !== undefined)
      provider.stop()
      const again = await start({ dir: provider.dir })
      assert.deepEqual(
        again.room.room().holds.map(h => h.offer.nonce),
        [whale.job.input.offer.nonce]
      )
      for (const { dealId } of again.reserved()) again.finish(dealId)
      assert.equal(turned(await answer(propose(await one({ cpuMillis: 1 }), again), again)), 'no-room')
      assert.equal(turned(await propose(whale, again, true)), 'agreed')
    })

    it('behavior: one that is not used lapses soon after its room is complete, and is not given again', async () => {
      const { provider, small, step } = await stream()
      const whale = await one(ALL)
      await waited(whale, provider)
      assert.ok(heldUntil(await answer(propose(whale, provider, true), provider)) !== undefined)
      for (let i = 0; i < 4; i++) assert.equal(await step(), false)
      clock.advance(20_000)
      assert.ok((await small()).agreed)
      await waited(whale, provider)
      assert.equal(heldUntil(await answer(propose(whale, provider, true), provider)), undefined)
    })

    it('behavior: many accounts that ask and never come stop a provider for a bounded time', async () => {
      const { provider, small } = await stream()
      const crowd = await Promise.all(Array.from({ length: 8 }, () => one(ALL)))
      let holds = 0
      for (const whale of crowd) await answer(propose(whale, provider, true), provider)
      clock.advance(30_000)
      for (const whale of crowd) await answer(propose(whale, provider, true), provider)
      clock.advance(30_000)
      for (const whale of crowd) {
        const said = await answer(propose(whale, provider, true), provider)
        if (heldUntil(said) !== undefined) holds++
      }
      assert.equal(holds, 4)
      for (const { dealId } of provider.reserved()) provider.finish(dealId)
      const from = clock.nowMs()
      while (!(await small()).agreed) clock.advance(5_000)
      assert.ok(clock.nowMs() - from <= 4 * 25_000 + 10_000, `${clock.nowMs() - from} ms`)
    })
  })
})
