import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Address } from '../../../../../protocols/common/values.ts'
import { feasible } from '../../../../../protocols/matching/feasible.ts'
import { flatLanes, type Lanes, laneTopic, resourceLanes } from '../../../../../protocols/offers/lanes/index.ts'
import { classOf } from '../../../../../protocols/offers/lanes/resource.ts'
import * as arbitrary from '../../../../support/market/arbitrary.ts'
import { accountOf, blockCid, jobOffer, ROUND, resourceOffer, withdrawal } from '../../../../support/market/make.ts'
import { check } from '../../../../support/market/property.ts'

const GIB = 2 ** 30
const LANES: [string, Lanes][] = [
  ['flat', flatLanes],
  ...[0, 1, 3, 6].map((shardBits): [string, Lanes] => [`2^${shardBits} shards`, resourceLanes({ shardBits })])
]

/** Machines on both sides of every threshold, and jobs that just fit them or just do not. */
const cpuMillis = fc.constantFrom(1_000, 7_999, 8_000, 8_001, 64_000)
const memoryBytes = fc.constantFrom(GIB, 32 * GIB - 1, 32 * GIB, 32 * GIB + 1, 256 * GIB)
const gpuBytes = fc.constantFrom(16e9, 39_999_999_999, 40_000_000_000, 80e9)
const gpus = fc.array(
  gpuBytes.map(bytes => ({ vendor: 'nvidia', model: 'NVIDIA H200', memoryBytes: bytes })),
  { maxLength: 3 }
)
const account = fc.nat(200).map(accountOf)
const offer = fc.record({ cpuMillis, memoryBytes, gpus }).chain(capacity =>
  account.map(account => {
    const whole = { ...capacity, diskBytes: 100 * GIB }
    return resourceOffer({ account, capacity: whole, free: whole })
  })
)
const job = fc
  .record({
    cpuMillis,
    memoryBytes,
    gpus: fc.option(
      fc.record({ count: fc.integer({ min: 1, max: 2 }), memoryBytes: fc.option(gpuBytes, { nil: undefined }) }),
      { nil: undefined }
    ),
    named: fc.constantFrom('nobody', 'nobody', 'nobody', 'target', 'allow')
  })
  .chain(({ named, gpus, ...rest }) =>
    fc.array(account, { minLength: 1, maxLength: 8 }).map(([target, ...others]) => {
      const resources = { ...rest, diskBytes: GIB, ...(gpus === undefined ? {} : { gpus }) } as never
      const some = { target: target as Address }
      return jobOffer({
        needs: { engine: 'js', resources, network: 'none' },
        bid: 2n ** 90n,
        constraints: {
          labels: {},
          deny: [],
          allow: named === 'allow' ? [some.target, ...others] : [],
          ...(named === 'target' ? some : {})
        }
      })
    })
  )

const meets = (lanes: Lanes, a: readonly string[], b: readonly string[]): boolean => {
  assert.ok([...a, ...b].every(lane => lanes.all.includes(lane)))
  return a.some(lane => b.includes(lane))
}

describe('offers/lanes', () => {
  for (const [name, lanes] of LANES) {
    it(`property: ${name}: every feasible offer is where the job's creator reads, and hears of the job`, () => {
      let fits = 0
      const holds = (j: ReturnType<typeof jobOffer>, o: ReturnType<typeof resourceOffer>) => {
        if (!feasible(j, o, { round: ROUND }).ok) return
        fits++
        assert.ok(meets(lanes, lanes.lanesOf(o), lanes.lanesFor(j)))
        assert.ok(meets(lanes, lanes.lanesOf(o), lanes.lanesOf(j)))
      }
      check(
        fc.property(job, fc.array(offer, { minLength: 5, maxLength: 20 }), (j, list) => {
          for (const o of list) holds(j, o)
        }),
        300
      )
      check(
        fc.property(arbitrary.job, arbitrary.offers(20), (j, list) => {
          for (const input of list) holds(j.offer, input.offer)
        })
      )
      assert.ok(fits > 500, `${fits} pairs fit`)
    })

    it(`property: ${name}: a withdrawal reaches whoever may hold what it takes out`, () => {
      check(
        fc.property(job, offer, (j, o) => {
          const id = blockCid('held')
          const ofOffer = lanes.lanesOf(withdrawal(id, { account: o.account, seq: 3 }))
          assert.ok(lanes.lanesOf(o).every(lane => ofOffer.includes(lane)))
          const ofJob = lanes.lanesOf(withdrawal(id, { account: j.account }))
          assert.ok(lanes.lanesOf(j).every(lane => ofJob.includes(lane)))
        })
      )
    })
  }

  it('default: an offer has one lane, a job those of every machine that is large enough', () => {
    const lanes = resourceLanes({ shardBits: 1 })
    assert.equal(lanes.all.length, 8)
    assert.deepEqual(lanes.lanesOf(resourceOffer({ account: `0x7f${'00'.repeat(19)}` })), ['cpu-small/0'])
    assert.deepEqual(lanes.lanesOf(resourceOffer({ account: `0x80${'00'.repeat(19)}` })), ['cpu-small/1'])
    const needs = jobOffer().needs
    const gpus = { count: 1, memoryBytes: 80e9 }
    const large = jobOffer({ needs: { ...needs, resources: { ...needs.resources, gpus } } })
    assert.deepEqual(lanes.lanesFor(large), ['gpu-large/0', 'gpu-large/1'])
    const target: Address = `0xff${'00'.repeat(19)}`
    const named = jobOffer({ ...large, constraints: { labels: {}, allow: [], deny: [], target } })
    assert.deepEqual(lanes.lanesFor(named), ['gpu-large/1'])
    assert.equal(lanes.lanesFor(jobOffer()).length, 8)
  })

  it('default: the class follows from capacity, the largest GPU first', () => {
    const size = { cpuMillis: 8_000, memoryBytes: 32 * GIB, diskBytes: 0, gpus: [] }
    const gpu = (bytes: number) => ({ vendor: 'v', model: 'm', memoryBytes: bytes })
    assert.equal(classOf(size), 'cpu-small')
    assert.equal(classOf({ ...size, cpuMillis: 8_001 }), 'cpu-large')
    assert.equal(classOf({ ...size, memoryBytes: 32 * GIB + 1 }), 'cpu-large')
    assert.equal(classOf({ ...size, gpus: [gpu(24e9)] }), 'gpu-small')
    assert.equal(classOf({ ...size, gpus: [gpu(24e9), gpu(40e9)] }), 'gpu-large')
  })

  it('default: the topic of a lane begins with the one of the whole market', () => {
    assert.equal(laneTopic('lab', ''), '/dcn/lab/offers/1')
    assert.equal(laneTopic('lab', 'gpu-large/3'), '/dcn/lab/offers/1/gpu-large/3')
  })

  it('error: shards beyond the limit', () => {
    for (const shardBits of [-1, 0.5, 7]) {
      assert.throws(() => resourceLanes({ shardBits }), { name: 'InvalidInputError' })
    }
  })
})
