import assert from 'node:assert/strict'
import fc from 'fast-check'
import { ask, askFor } from '../../../../protocols/matching/ask.ts'
import { digestOf, jobOffer, resourceOffer } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'
import { referenceAsk } from '../../../support/market/reference.ts'

const free = { perJob: 0n, perCpuHour: 0n, perGiBHour: 0n, perDiskGiBHour: 0n, perGpuHour: 0n }
const one = { cpuMillis: 1000, memoryBytes: 2 ** 30, diskBytes: 2 ** 30, gpus: { count: 1 } }
const HOUR_MS = 3_600_000

describe('ask', () => {
  it('default: one unit of everything for an hour costs the sum of the rates', () => {
    const price = { perJob: 1n, perCpuHour: 20n, perGiBHour: 300n, perDiskGiBHour: 4000n, perGpuHour: 50_000n }
    assert.equal(askFor(price, one, HOUR_MS), 54_321n)
  })

  it('default: nothing but perJob without time', () =>
    assert.equal(askFor({ ...free, perJob: 7n, perCpuHour: 9n }, one, 0), 7n))

  it('behavior: rounds up once over the whole sum', () => {
    // a quarter of a unit from each of four rates is one unit, not four
    const price = { perJob: 0n, perCpuHour: 1n, perGiBHour: 1n, perDiskGiBHour: 1n, perGpuHour: 1n }
    assert.equal(askFor(price, one, HOUR_MS / 4), 1n)
    assert.equal(askFor(price, one, HOUR_MS / 4 + 1), 2n)
    assert.equal(askFor(price, one, 1), 1n)
  })

  it('behavior: a whole number is not rounded up', () => {
    assert.equal(askFor({ ...free, perCpuHour: 3_600_000n }, one, 1), 1n)
    assert.equal(askFor({ ...free, perGiBHour: 3_600_000n }, one, 1), 1n)
  })

  it('args: the largest rates do not lose a digit', () => {
    const most = 2n ** 96n - 1n
    assert.equal(askFor({ ...free, perGpuHour: most }, { ...one, gpus: { count: 64 } }, HOUR_MS), most * 64n)
  })

  it('property: equals the sum of fractions, rounded up', () => {
    const rate = fc.bigInt(0n, 2n ** 96n - 1n)
    const price = fc.record({
      perJob: rate,
      perCpuHour: rate,
      perGiBHour: rate,
      perDiskGiBHour: rate,
      perGpuHour: rate
    })
    const resources = fc.record({
      cpuMillis: fc.integer({ min: 1, max: 1_024_000 }),
      memoryBytes: fc.maxSafeNat(),
      diskBytes: fc.maxSafeNat(),
      gpus: fc.record({ count: fc.integer({ min: 1, max: 64 }) })
    })
    check(
      fc.property(price, resources, fc.integer({ min: 0, max: 86_400_000 }), (p, r, timeoutMs) => {
        const job = {
          id: digestOf('j'),
          offer: jobOffer({ timeoutMs, needs: { engine: 'js', resources: r, network: 'none' } })
        }
        const offer = { id: digestOf('o'), offer: resourceOffer({ price: p }) }
        assert.equal(ask(job.offer, offer.offer), referenceAsk(job, offer))
      })
    )
  })
})
