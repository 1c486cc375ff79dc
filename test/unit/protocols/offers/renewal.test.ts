import assert from 'node:assert/strict'
import { shouldRepublish } from '../../../../protocols/offers/renewal.ts'
import type { ResourceOffer } from '../../../../protocols/offers/schema.ts'
import { NOW_MS, ROUND, ROUND_MS, resourceOffer } from '../../../support/market/make.ts'

const prev = resourceOffer({ fromRound: ROUND, untilRound: ROUND + 7200 })
const at = (afterMs: number) => ({ publishedAtMs: NOW_MS, nowMs: NOW_MS + afterMs, roundMs: ROUND_MS })
const free = (cpuMillis: number): Partial<ResourceOffer> => ({ free: { ...prev.free, cpuMillis } })

describe('shouldRepublish', () => {
  for (const [what, changes, afterMs, expected] of [
    ['nothing changed', {}, 10_000, undefined],
    ['seq and rounds alone', { seq: 9, fromRound: ROUND + 8, untilRound: ROUND + 9000 }, 10_000, undefined],
    ['a price', { price: { ...prev.price, perJob: 1n } }, 5000, 'price'],
    ['a price too soon', { price: { ...prev.price, perJob: 1n } }, 4999, undefined],
    ['a quarter of the cores', free(3000), 5000, 'capacity'],
    ['less than a quarter', free(3001), 5000, undefined],
    ['a label', { labels: { a: 'b' } }, 5000, 'terms'],
    ['an address', { addrs: [] }, 5000, 'terms'],
    ['half of the span', {}, 900_000, 'half-span'],
    ['just before half of the span', {}, 899_999, undefined]
  ] as const) {
    it(`args: ${what} → ${expected}`, () => {
      assert.equal(
        shouldRepublish(prev, resourceOffer({ ...prev, ...(changes as Partial<ResourceOffer>) }), at(afterMs)),
        expected
      )
    })
  }

  it('behavior: what was in use for a while is offered in full again, however little it was', () => {
    const used = resourceOffer({ ...prev, ...free(3999) })
    assert.equal(shouldRepublish(used, prev, at(5000)), 'capacity')
    assert.equal(shouldRepublish(used, resourceOffer({ ...prev, ...free(3998) }), at(5000)), undefined)
  })

  it('behavior: whoever was refused for room hears of it when there is some', () => {
    const resources = { cpuMillis: 3500, memoryBytes: 1, diskBytes: 0 }
    const missed = [{ engine: 'js', network: 'none', resources } as const]
    const next = (cpuMillis: number) => resourceOffer({ ...prev, ...free(cpuMillis) })
    assert.equal(shouldRepublish(prev, next(3500), at(5000), missed), 'room')
    assert.equal(shouldRepublish(prev, next(3499), at(5000), missed), undefined)
    assert.equal(shouldRepublish(prev, next(3500), at(4999), missed), undefined)
  })

  it('args: a GPU taken, and no GPUs at all', () => {
    const gpu = { vendor: 'nvidia', model: 'L4', memoryBytes: 1 }
    const four = resourceOffer({
      capacity: { ...prev.capacity, gpus: [gpu, gpu, gpu, gpu] },
      free: { ...prev.free, gpus: [gpu, gpu] }
    })
    assert.equal(shouldRepublish(four, { ...four, free: { ...four.free, gpus: [gpu] } }, at(5000)), 'capacity')
    assert.equal(shouldRepublish(prev, prev, at(5000)), undefined)
  })
})
