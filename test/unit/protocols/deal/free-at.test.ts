import assert from 'node:assert/strict'
import fc from 'fast-check'
import { freeAt, leavesAtMs } from '../../../../protocols/deal/free-at.ts'
import type { Needs } from '../../../../protocols/job/schema.ts'
import { hasRoom, type Room, without } from '../../../../protocols/matching/room.ts'
import { PROVIDER_PATHS, providerAfter } from '../../../support/deal/machine-cases.ts'
import { check } from '../../../support/market/property.ts'

const ROOM: Room = { cpuMillis: 4_000, memoryBytes: 4_000, diskBytes: 4_000, gpus: [] }
const needs = (cpuMillis: number, memoryBytes = 0): Needs => ({
  engine: 'noop',
  network: 'none',
  resources: { cpuMillis, memoryBytes, diskBytes: 0 }
})
const taken = (untilMs: number, cpuMillis: number, memoryBytes = 0) => ({
  untilMs,
  needs: needs(cpuMillis, memoryBytes)
})

describe('deal/free-at', () => {
  for (const [what, wanted, running, places, expected] of [
    ['the first end is enough', needs(1_000), [taken(20, 1_000), taken(10, 3_000)], 9, 10],
    ['several must end', needs(4_000), [taken(30, 1_000), taken(10, 2_000), taken(20, 1_000)], 9, 30],
    ['what is short is what counts', needs(0, 4_000), [taken(10, 4_000), taken(50, 0, 1)], 9, 50],
    ['a place must be free', needs(1), [taken(10, 1), taken(20, 1)], 1, 20],
    ['nothing has to end', needs(1_000), [taken(10, 3_000)], 9, undefined],
    ['never', needs(5_000), [taken(10, 1_000)], 9, undefined]
  ] as const) {
    it(`args: ${what} → ${expected}`, () => assert.equal(freeAt(wanted, ROOM, places, running), expected))
  }

  it('property: at that time there is room, and at no end before', () => {
    const deal = fc.record({ untilMs: fc.nat(50), cpuMillis: fc.nat(2_000), memoryBytes: fc.nat(2_000) })
    check(
      fc.property(
        fc.array(deal, { maxLength: 8 }),
        fc.nat(4_000),
        fc.nat(4_000),
        fc.integer({ min: 1, max: 8 }),
        (deals, cpu, memory, places) => {
          const running = deals.map(d => taken(d.untilMs, d.cpuMillis, d.memoryBytes))
          const fitsAt = (atMs: number): boolean => {
            const left = running.filter(t => t.untilMs > atMs)
            return left.length < places && hasRoom(left.reduce<Room>(without, ROOM), { needs: needs(cpu, memory) })
          }
          const at = freeAt(needs(cpu, memory), ROOM, places, running)
          if (at === undefined) return assert.ok(fitsAt(-1))
          assert.ok(fitsAt(at) && !running.some(t => t.untilMs < at && fitsAt(t.untilMs)))
        }
      ),
      500
    )
  })

  it('default: a deal leaves when its time limit is over, counted from its start', () => {
    const timeoutMs = 10_000
    const at = (phase: 'preparing' | 'running' | 'publishing', nowMs: number) =>
      leavesAtMs({ ...providerAfter(...PROVIDER_PATHS[phase]), timeoutMs }, nowMs)
    assert.deepEqual(
      [at('preparing', 500), at('running', 500), at('running', 20_000), at('publishing', 500)],
      [10_500, 10_000, 20_000, 500]
    )
  })
})
