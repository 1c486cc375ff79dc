import assert from 'node:assert/strict'
import type { CreatorState } from '../../../../../protocols/deal/creator-types.ts'
import { type DeskInitInTest, DeskProvider, HandClock } from '../../../../support/deal/desk-bench.ts'
import { DirectCreator } from '../../../../support/deal/direct-market.ts'
import { noopSpec } from '../../../../support/deal/proposal.ts'
import { Cleanup } from '../../../../support/hosts.ts'

const CAPACITY = { cpuMillis: 1_000, memoryBytes: 2 ** 30, diskBytes: 2 ** 30, gpus: [] }
const price = (perJob: bigint) => ({ perJob })
const reasons = ({ refusals }: CreatorState) => refusals.map(r => r.reason)
const where = ({ attempt }: CreatorState) => attempt?.candidate.account

describe('roles/creator: refused', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  let clock: HandClock
  beforeEach(() => {
    clock = new HandClock()
  })
  afterEach(() => cleanup.run())
  const provider = (init: Partial<DeskInitInTest> = {}) =>
    DeskProvider.start(cleanup, clock, { capacity: CAPACITY, ...init })
  const accountOf = ({ fact }: DeskProvider) => fact.body.account

  it('behavior: who refuses this creator is asked once, and the next one takes the job', async () => {
    const [picky, other] = [await provider({ allow: [`0x${'11'.repeat(20)}`] }), await provider({ price: price(200n) })]
    const creator = await DirectCreator.start(cleanup, clock, [picky, other])
    const state = await creator.agree(noopSpec())
    assert.deepEqual([reasons(state), where(state)], [['not-allowed'], accountOf(other)])
  })

  it('behavior: a job with a target is proposed to nobody else, however full the target is', async () => {
    const [cheap, target] = [await provider(), await provider({ price: price(900n) })]
    const creator = await DirectCreator.start(cleanup, clock, [cheap, target])
    const constraints = { target: accountOf(target) }
    assert.equal(where(await creator.agree(noopSpec(), { constraints })), accountOf(target))
    clock.alarm(3_000, () => target.finish(target.agreed[0] ?? '0x'))
    const second = await creator.agree(noopSpec(), { constraints })
    assert.equal(where(second), accountOf(target))
    assert.ok(second.refusals.length > 0 && second.refusals.every(r => r.provider === accountOf(target)))
    assert.equal(cheap.agreed.length, 0)
  })

  it('behavior: --allow and --deny choose among providers, both ways', async () => {
    const [a, b, c] = [await provider(), await provider({ price: price(200n) }), await provider({ price: price(300n) })]
    const creator = await DirectCreator.start(cleanup, clock, [a, b, c])
    const allowed = await creator.agree(noopSpec(), { constraints: { allow: [accountOf(b), accountOf(c)] } })
    const denied = await creator.agree(noopSpec(), { constraints: { deny: [accountOf(a), accountOf(b)] } })
    assert.deepEqual([where(allowed), where(denied)], [accountOf(b), accountOf(c)])
  })

  it('behavior: the new offer that comes with a refusal is what is taken up next, without another wait', async () => {
    const changed = await provider({ price: price(300n) })
    const old = await changed.makeOffer({ seq: 0, price: { ...changed.fact.body.price, perJob: 50n } })
    const creator = await DirectCreator.start(cleanup, clock, [changed], [old])
    const state = await creator.agree(noopSpec())
    assert.deepEqual(reasons(state), ['offer-unknown'])
    assert.equal(state.attempt?.candidate.offer, changed.fact.id.toString())
    assert.equal(state.attempt?.deal.price, 300n)
  })

  it('behavior: a full provider tells of others that the creator did not know', async () => {
    const hidden = await provider({ price: price(200n) })
    const full = await provider({ knows: [hidden.fact] })
    const before = await DirectCreator.start(cleanup, clock, [full])
    await before.agree(noopSpec())
    const creator = await DirectCreator.start(cleanup, clock, [full, hidden], [full.fact])
    const state = await creator.agree(noopSpec())
    assert.equal(where(state), accountOf(hidden))
    assert.deepEqual(new Set(reasons(state)), new Set(['no-room']))
  })

  it('behavior: a job waits for room beyond its usual search, and is taken as soon as it is asked again', async () => {
    const busy = await provider()
    const creator = await DirectCreator.start(cleanup, clock, [busy])
    await creator.agree(noopSpec({ timeoutMs: 600_000 }))
    const fromMs = clock.nowMs()
    // one try in about a second: the hold is there after a minute
    clock.alarm(100_000, () => busy.finish(busy.agreed[0] ?? '0x'))
    const state = await creator.agree(noopSpec(), {}, 20)
    assert.equal(where(state), accountOf(busy))
    assert.ok(clock.nowMs() - fromMs < 120_000, `${clock.nowMs() - fromMs} ms`)
    assert.ok(reasons(state).every(r => r === 'no-room'))
    // after a minute it asked for a hold
    assert.ok(state.refusals.some(r => (r.holdUntilMs ?? 0) > 0))
    assert.equal(busy.room.room().holds.length, 0)
  })
})
