import assert from 'node:assert/strict'
import { toHex } from '../../../../../protocols/common/values.ts'
import { hasRoom, type Room, without } from '../../../../../protocols/matching/room.ts'
import type { Fact } from '../../../../../protocols/offers/schema.ts'
import { DeskProvider, HandClock } from '../../../../support/deal/desk-bench.ts'
import { DirectCreator } from '../../../../support/deal/direct-market.ts'
import { noopSpec } from '../../../../support/deal/proposal.ts'
import { Cleanup, until } from '../../../../support/hosts.ts'
import { blockCid, digestOf, type Identity, identity, jobFact } from '../../../../support/market/make.ts'

const MIB = 2 ** 20
const CAPACITY: Room = { cpuMillis: 8_000, memoryBytes: 2048 * MIB, diskBytes: 1024 * MIB, gpus: [] }
const PROVIDERS = 10
const JOBS = 200
/** Time here runs so much faster than the wall's: the desks are as busy as the machine lets them be, and waits are short. */
const SPEED = 2
/** Less than the time after which a deal that nobody opened is given up. */
const MOST_MS = 110_000
const RUN_MS = 60

describe('roles: many jobs at many providers', function () {
  this.timeout(90_000)
  const cleanup = new Cleanup()
  const clock = new HandClock()
  const providers: DeskProvider[] = []

  before(async () => {
    for (let i = 0; i < PROVIDERS; i++)
      providers.push(await DeskProvider.start(cleanup, clock, { capacity: CAPACITY, maxUnopened: 16 }))
  })
  after(() => cleanup.run())

  /** What is journaled is what is in use: never more than there is. Work ends when it has had its time. */
  function inspect(provider: DeskProvider, seen: Set<string>): void {
    let left = CAPACITY
    for (const { dealId, needs } of provider.reserved()) {
      assert.ok(hasRoom(left, { needs }), 'room was given twice')
      left = without(left, { needs })
      if (seen.has(dealId)) continue
      seen.add(dealId)
      clock.alarm(RUN_MS, () => provider.finish(dealId))
    }
  }

  /** Lets time pass until something is so. */
  async function passTime(creators: DirectCreator[], done: () => boolean): Promise<void> {
    const seen = new Set<string>()
    const lastMs = clock.nowMs() + MOST_MS
    let beforeMs = performance.now()
    while (!done()) {
      await new Promise(resolve => setImmediate(resolve))
      assert.ok(clock.nowMs() < lastMs, 'somebody still waits')
      const nowMs = performance.now()
      clock.advance(Math.ceil((nowMs - beforeMs) * SPEED))
      beforeMs = nowMs
      for (const { role } of creators) role.tick(Math.floor(clock.nowMs() / 1000))
      for (const provider of providers) inspect(provider, seen)
    }
  }

  it(`behavior: ${JOBS} jobs at once: each has one deal, no room is given twice, nobody is left waiting`, async () => {
    const creators = await Promise.all(Array.from({ length: 4 }, () => DirectCreator.start(cleanup, clock, providers)))
    const submitted = Array.from({ length: JOBS }, (_, i) => {
      const cpuMillis = [500, 1_000, 2_000, 4_000][i % 4] as number
      const spec = noopSpec({ resources: { cpuMillis, memoryBytes: (1 + (i % 3)) * 100 * MIB, diskBytes: 0 } })
      return (creators[i % 4] as DirectCreator).role.submit(spec, { tip: BigInt(i % 5) })
    })
    const agreed = () => creators.reduce((sum, c) => sum + c.agreed.size, 0)
    const ended = () =>
      creators.flatMap(c => [...c.states.values()].filter(s => s.phase === 'unmatched' || s.phase === 'failed'))
    await passTime(creators, () => agreed() === JOBS || ended().length > 0)
    assert.deepEqual(
      ended().map(s => s.reason),
      []
    )
    await Promise.all(submitted)
    await passTime(creators, () => providers.every(p => p.reserved().length === 0))

    const deals = providers.flatMap(p => p.agreed)
    const signed = creators.flatMap(c => [...c.agreed.values()].map(s => s.attempt?.dealId))
    assert.deepEqual(new Set(deals), new Set(signed))
    assert.equal(deals.length, JOBS)
    assert.ok(providers.every(p => p.agreed.length > 0))
    const refusals = creators.flatMap(c => [...c.agreed.values()].flatMap(s => s.refusals))
    assert.ok(
      refusals.some(r => r.reason === 'no-room'),
      'there was room for all of them'
    )
  })

  describe('1,000 job offers that nobody ever proposes', () => {
    let phantoms: Fact[]
    before(async () => {
      const resources = { cpuMillis: 8_000, memoryBytes: 1, diskBytes: 0 }
      const needs = { engine: 'noop', network: 'none', resources } as const
      phantoms = []
      for (let i = 0; i < 1_000; i++) {
        const nonce = `0x${i.toString(16).padStart(64, '0')}` as const
        const rounds = { fromRound: clock.round - 1, untilRound: clock.round + 10_000 }
        phantoms.push(await jobFact(GHOSTS[i % 10] as Identity, { needs, nonce, tip: 1_000_000n, ...rounds }))
      }
    })

    it('behavior: change no ranking', async () => {
      const creator = await DirectCreator.start(cleanup, clock, providers)
      const { ranker, book } = creator
      const jobs = Array.from({ length: 20 }, (_, i) => ({ id: digestOf(`job ${i}`), offer: hypothetical(ranker) }))
      const opinions = () => jobs.map(job => ranker.opinion(job).ranked.map(r => [toHex(r.id), r.ask, r.priceClass]))
      const before = opinions()
      for (const fact of phantoms) assert.equal(book.add(fact, clock.nowMs()).result, 'added')
      assert.deepEqual(opinions(), before)
      assert.equal(before[0]?.length, PROVIDERS)
    })

    it('behavior: change neither who gets room nor when', async () => {
      const outcome = async (known: Fact[]) => {
        const provider = await DeskProvider.start(cleanup, clock, { capacity: CAPACITY })
        const creator = await DirectCreator.start(cleanup, clock, [provider])
        for (const fact of known) creator.book.add(fact, clock.nowMs())
        // the first takes it all, the others are in hand when it ends
        const submit = (cpuMillis: number, tip: bigint) =>
          creator.role.submit(noopSpec({ resources: { cpuMillis, memoryBytes: 1, diskBytes: 0 } }), { tip })
        await submit(8_000, 0n)
        await until(() => provider.agreed.length === 1)
        for (const tip of [1n, 5n, 2n, 4n, 3n]) await submit(3_000, tip)
        await until(() => provider.desk.waiting === 5)
        const sinceMs = clock.nowMs()
        provider.finish(provider.agreed[0] ?? '0x')
        while (provider.agreed.length === 1) clock.advance(1)
        const price = provider.fact.body.price.perJob
        const tips = provider.agreed.slice(1).map(id => (provider.runner.get(id)?.deal.price ?? 0n) - price)
        return { tips, untilRoundIsOver: sinceMs % clock.roundMs === 0 ? 0 : clock.nowMs() % clock.roundMs }
      }
      const without = await outcome([])
      assert.deepEqual(without, { tips: [5n, 4n], untilRoundIsOver: 0 })
      assert.deepEqual(await outcome(phantoms), without)
    })
  })
})

const GHOSTS = Array.from({ length: 10 }, (_, i) => identity(100 + i))

function hypothetical(ranker: DirectCreator['ranker']) {
  const spec = noopSpec()
  const needs = { engine: 'noop', network: 'none', resources: spec.resources } as const
  return ranker.hypothetical({ spec: blockCid('spec'), needs, timeoutMs: spec.timeoutMs, policy: 'none', replicas: 1 })
}
