import assert from 'node:assert/strict'
import { asOffered, type GpuDevice } from '../../../../../node/config/host/gpus.ts'
import { RoomKeeper } from '../../../../../node/roles/provider/room-keeper.ts'
import type { ProviderState } from '../../../../../protocols/deal/provider-machine.ts'
import type { Needs } from '../../../../../protocols/job/schema.ts'

const GB = 1_000_000_000
const device = (id: string, memoryBytes: number): GpuDevice => ({
  id,
  vendor: 'nvidia',
  model: 'NVIDIA H100',
  memoryBytes
})
const DEVICES = [device('GPU-large', 80 * GB), device('GPU-small', 10 * GB), device('GPU-middle', 40 * GB)]
const needs = (gpus: Needs['resources']['gpus']): Needs => ({
  engine: 'docker',
  network: 'none',
  resources: { cpuMillis: 1, memoryBytes: 1, diskBytes: 1, ...(gpus === undefined ? {} : { gpus }) }
})

describe('roles/provider/room-keeper: GPUs', () => {
  let live: ProviderState[] = []
  const hold = (...gpuIds: string[]) => {
    live = [
      { phase: 'running', needs: needs({ count: gpuIds.length }), gpuIds, creator: {} } as unknown as ProviderState
    ]
  }
  const room = new RoomKeeper(
    { maxJobs: 16, maxUnopened: 16 },
    {
      journal: { getValue: () => undefined, setValue: () => undefined },
      clock: { nowMs: () => 1_000_000 },
      capacity: () => ({ cpuMillis: 1000, memoryBytes: GB, diskBytes: GB, gpus: asOffered(DEVICES) }),
      devices: DEVICES,
      live: () => live
    }
  )
  const free = () => room.offered().gpus.map(g => g.memoryBytes / GB)
  beforeEach(() => {
    live = []
  })

  it('default: a job gets the smallest devices that fit, and these are what is not free any more', () => {
    assert.deepEqual(free(), [80, 10, 40])
    const first = room.gpusFor(needs({ count: 1, memoryBytes: 20 * GB }))
    assert.deepEqual(first, ['GPU-middle'])
    hold(...first)
    assert.deepEqual(free(), [80, 10])
    assert.deepEqual(room.gpusFor(needs({ count: 2 })), ['GPU-small', 'GPU-large'])
    // whatever a job of its needs would be given now: it holds what it was given then
    hold('GPU-large')
    assert.deepEqual(free(), [10, 40])
    assert.deepEqual(room.room().free.gpus, asOffered(DEVICES.slice(1)))
  })
  it('behavior: none for a job that asks for none, or for more than fit', () => {
    assert.deepEqual(room.gpusFor(needs(undefined)), [])
    assert.deepEqual(room.gpusFor(needs({ count: 2, memoryBytes: 41 * GB })), [])
  })
})
