import assert from 'node:assert/strict'
import { CID } from 'multiformats/cid'
import { asOffered, type GpuDevice } from '../../../../../node/config/host/gpus.ts'
import { RoomKeeper } from '../../../../../node/roles/provider/room-keeper.ts'
import { type Holds, NO_HOLDS } from '../../../../../protocols/deal/holds.ts'
import type { ProviderState } from '../../../../../protocols/deal/provider-machine.ts'
import type { Needs } from '../../../../../protocols/job/schema.ts'
import type { JobInput } from '../../../../../protocols/matching/input.ts'

const SPEC = 'bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
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
  let kept: Holds | undefined
  const hold = (...gpuIds: string[]) => {
    live = [
      { phase: 'running', needs: needs({ count: gpuIds.length }), gpuIds, creator: {} } as unknown as ProviderState
    ]
  }
  const make = () =>
    new RoomKeeper(
      { maxJobs: 16, maxUnopened: 16 },
      {
        journal: { getValue: () => kept as never, setValue: () => undefined },
        clock: { nowMs: () => 1_000_000 },
        capacity: () => ({ cpuMillis: 1000, memoryBytes: GB, diskBytes: GB, gpus: asOffered(DEVICES) }),
        devices: DEVICES,
        live: () => live
      }
    )
  let room = make()
  const jobOf = (name: number, needed: Needs) =>
    ({
      id: new Uint8Array(32).fill(name),
      offer: { account: `0x${name}`, spec: CID.parse(SPEC), tip: 0n, needs: needed }
    }) as unknown as JobInput
  const gpusFor = (needed: Needs) => room.gpusFor(jobOf(1, needed).offer)
  const free = () => room.offered().gpus.map(g => g.memoryBytes / GB)
  beforeEach(() => {
    live = []
    kept = undefined
    room = make()
  })

  it('default: a job gets the smallest devices that fit, and these are what is not free any more', () => {
    assert.deepEqual(free(), [80, 10, 40])
    const first = gpusFor(needs({ count: 1, memoryBytes: 20 * GB }))
    assert.deepEqual(first, ['GPU-middle'])
    hold(...first)
    assert.deepEqual(free(), [80, 10])
    assert.deepEqual(gpusFor(needs({ count: 2 })), ['GPU-small', 'GPU-large'])
    // whatever a job of its needs would be given now: it holds what it was given then
    hold('GPU-large')
    assert.deepEqual(free(), [10, 40])
    assert.deepEqual(room.room().free.gpus, asOffered(DEVICES.slice(1)))
  })
  it('behavior: none for a job that asks for none, or for more than fit', () => {
    assert.deepEqual(gpusFor(needs(undefined)), [])
    assert.deepEqual(gpusFor(needs({ count: 2, memoryBytes: 41 * GB })), [])
  })
  it('behavior: what is kept for another job is the last to go', () => {
    const held = jobOf(2, needs({ count: 1, memoryBytes: 5 * GB }))
    kept = { ...NO_HOLDS, held: [{ job: held, untilMs: 2_000_000 }] }
    room = make()
    assert.deepEqual(gpusFor(needs({ count: 1 })), ['GPU-middle'])
    assert.deepEqual(gpusFor(needs({ count: 3 })), ['GPU-small', 'GPU-middle', 'GPU-large'])
    assert.deepEqual(room.gpusFor(held.offer), ['GPU-small'])
  })
})
