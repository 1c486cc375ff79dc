import assert from 'node:assert/strict'
import fc from 'fast-check'
import { EventQueue } from '../../../support/deal/event-queue.ts'
import { World } from '../../../support/deal/world.ts'
import { check } from '../../../support/market/property.ts'

describe('support/deal/event-queue', () => {
  it('property: events come by time, those of one time in the order in which they were put in', () => {
    check(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), times => {
        const queue = new EventQueue()
        const seen: number[] = []
        for (const [i, atMs] of times.entries()) queue.push(atMs, () => void seen.push(i))
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) next.work()
        const expected = times.map((atMs, i) => [atMs, i] as const).sort(([a, i], [b, j]) => a - b || i - j)
        assert.deepEqual(
          seen,
          expected.map(([, i]) => i)
        )
        assert.equal(queue.size, 0)
      })
    )
  })

  it('behavior: no virtual time passes until work that was held is over', async () => {
    const world = new World(1)
    const seen: string[] = []
    world.after(1, () =>
      world.hold(
        Promise.resolve()
          .then(() => Promise.resolve())
          .then(() => void seen.push('held'))
      )
    )
    world.after(2, () => void seen.push('next'))
    await world.runAsync(
      world.nowMs + 10,
      () => false,
      () => {}
    )
    assert.deepEqual(seen, ['held', 'next'])
  })

  it('error: what is held and fails ends the world', async () => {
    const world = new World(1)
    world.after(1, () => world.hold(Promise.reject(new RangeError('it failed'))))
    await assert.rejects(
      world.runAsync(
        world.nowMs + 10,
        () => false,
        () => {}
      ),
      { name: 'RangeError' }
    )
  })
})
