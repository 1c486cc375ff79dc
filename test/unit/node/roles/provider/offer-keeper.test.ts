import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asOffered, type GpuDevice } from '../../../../../node/config/host/gpus.ts'
import { sqliteJournal } from '../../../../../node/journal/sqlite-journal.ts'
import { OfferKeeper, type Reservation } from '../../../../../node/roles/provider/offer-keeper.ts'
import type { Needs } from '../../../../../protocols/job/schema.ts'
import { resourceOffer } from '../../../../support/deal/proposal.ts'

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

const BIND = {
  network: 'lab',
  peerKey: `0x${'11'.repeat(32)}`,
  from: 0,
  until: 1,
  signature: `0x${'22'.repeat(65)}`
} as const

describe('roles/provider/offer-keeper: GPUs', () => {
  let dir: string
  let keeper: OfferKeeper
  let held: Reservation[] = []
  const journal = () => sqliteJournal({ path: join(dir, 'journal.db') })
  let open: ReturnType<typeof journal>

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-keeper-'))
    open = journal()
    open.start()
    held = []
    const body = resourceOffer({})
    const template = () => ({ ...body, capacity: { ...body.capacity, gpus: asOffered(DEVICES) } })
    const identity = { account: body.account, addrs: () => [], sign: () => new Uint8Array(64) }
    keeper = new OfferKeeper({ network: 'lab', roundMs: 1000, spanMs: 60_000, devices: DEVICES }, template, {
      journal: open,
      clock: { nowMs: () => 1_000_000 },
      bind: async () => ({ ...BIND, account: body.account }),
      publish: async () => undefined,
      log: { debug: () => undefined },
      identity
    } as never)
    await keeper.start(() => held)
  })
  afterEach(async () => {
    await keeper.stop()
    open.stop()
    rmSync(dir, { recursive: true })
  })

  const free = () => {
    const current = keeper.current
    assert.ok(current)
    return keeper.find(current.id)?.body.free.gpus.map(g => g.memoryBytes / GB)
  }

  it('default: a job gets the smallest devices that fit, and these are what is not free any more', () => {
    assert.deepEqual(free(), [80, 10, 40])
    const [first] = [keeper.chooseGpus(needs({ count: 1, memoryBytes: 20 * GB }))]
    assert.deepEqual(first, ['GPU-middle'])
    held = [{ needs: needs({ count: 1 }), gpuIds: first }]
    assert.deepEqual(free(), [80, 10])
    assert.deepEqual(keeper.chooseGpus(needs({ count: 2 })), ['GPU-small', 'GPU-large'])
    // the first device of the list is taken: the others stay the others
    held = [{ needs: needs({ count: 1 }), gpuIds: ['GPU-large'] }]
    assert.deepEqual(free(), [10, 40])
  })
  it('behavior: none for a job that asks for none, or for more than fit', () => {
    assert.deepEqual(keeper.chooseGpus(needs(undefined)), [])
    assert.deepEqual(keeper.chooseGpus(needs({ count: 2, memoryBytes: 41 * GB })), [])
  })
})
