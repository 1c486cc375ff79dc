import assert from 'node:assert/strict'
import { freeOf, hasRoom, without } from '../../../../protocols/matching/room.ts'
import type { JobOffer } from '../../../../protocols/offers/schema.ts'
import { jobOffer, resourceOffer } from '../../../support/market/make.ts'

const GIB = 2 ** 30
const gpu = (memoryGib: number) => ({ vendor: 'nvidia', model: `NVIDIA ${memoryGib}`, memoryBytes: memoryGib * GIB })
const room = { cpuMillis: 4000, memoryBytes: 8 * GIB, diskBytes: 10 * GIB, gpus: [gpu(141), gpu(24), gpu(80)] }
const jobOf = (resources: Partial<JobOffer['needs']['resources']> = {}): JobOffer =>
  jobOffer({
    needs: {
      engine: 'js',
      network: 'none',
      resources: { cpuMillis: 1000, memoryBytes: GIB, diskBytes: GIB, ...resources }
    }
  })

describe('room', () => {
  it('default: a job takes what it needs', () => {
    assert.deepEqual(without(room, jobOf()), { ...room, cpuMillis: 3000, memoryBytes: 7 * GIB, diskBytes: 9 * GIB })
  })

  it('behavior: the smallest GPUs that fit are taken, the others stay', () => {
    const left = without(room, jobOf({ gpus: { count: 1, memoryBytes: 50 * GIB } }))
    assert.deepEqual(left.gpus, [gpu(141), gpu(24)])
  })

  it('behavior: nobody has more free than there is', () => {
    const offer = resourceOffer({ capacity: { ...room, cpuMillis: 2000 }, free: room })
    assert.equal(freeOf(offer).cpuMillis, 2000)
  })

  it('args: limits are inclusive', () => {
    const exact = { cpuMillis: 4000, memoryBytes: 8 * GIB, diskBytes: 10 * GIB, gpus: { count: 3 } }
    assert.ok(hasRoom(room, jobOf(exact)))
    assert.ok(!hasRoom(room, jobOf({ ...exact, cpuMillis: 4001 })))
    assert.ok(!hasRoom(room, jobOf({ ...exact, memoryBytes: 8 * GIB + 1 })))
    assert.ok(!hasRoom(room, jobOf({ ...exact, diskBytes: 10 * GIB + 1 })))
    assert.ok(!hasRoom(room, jobOf({ ...exact, gpus: { count: 4 } })))
  })
})
