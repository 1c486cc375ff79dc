import assert from 'node:assert/strict'
import { type Ineligible, ineligible, positionAt, probesOf } from '../../../../protocols/mediation/draw.ts'
import { COURT_RULES } from '../../../../protocols/mediation/rules.ts'
import type { Dispute, Seat } from '../../../../protocols/mediation/types.ts'
import { account, word } from '../../../support/deal/builders.ts'

const DEAL = { creator: account(1), provider: account(2), seatFee: 100n, needs: 1 }
const SINCE = { challengedAtSec: 1_000, roundAtSec: 1_500 }
const seat = (index: number, changes: Partial<Seat> = {}): Seat => ({
  ...{ index, owner: account(index + 10), fromSec: 999, stake: 4_800n, risk: 0n, capabilities: 3 },
  ...changes
})
const dispute = (seatCount: number, changes: Partial<Dispute> = {}): Dispute => ({
  ...{ deal: word(5), phase: 'drawing', round: 0, rearms: 0, seeded: true, providerWrong: false, first: 0, seated: 0 },
  ...{ committed: 0, revealed: 0, cursor: 0, seatCount, deadlineSec: 0, members: [], ...SINCE },
  ...changes
})

describe('mediation/draw', () => {
  const cases: [what: string, changes: Partial<Seat> | undefined, expected: Ineligible | undefined][] = [
    ['a seat from before the challenge', {}, undefined],
    ['nobody', undefined, 'vacant'],
    ['a vacancy', { owner: account(0) }, 'vacant'],
    ["the creator's", { owner: account(1) }, 'party'],
    ["the provider's", { owner: account(2) }, 'party'],
    ['taken in the second of the challenge', { fromSec: 1_000 }, 'too-new'],
    ['asked to leave before the round', { exitSec: 1_499 }, 'leaving'],
    ['asked to leave in the second of the round', { exitSec: 1_500 }, undefined],
    ['just enough stake', { risk: 4_500n }, undefined],
    ['a unit too little', { risk: 4_501n }, 'stake'],
    ['another engine', { capabilities: 2 }, 'capability']
  ]
  for (const [what, changes, expected] of cases) {
    it(`eligible: ${what}`, () =>
      assert.equal(ineligible(changes === undefined ? undefined : seat(0, changes), DEAL, SINCE), expected))
  }

  it('behavior: one owner, one member', () => {
    const seats = Array.from({ length: 6 }, (_unused, i) => seat(i, { owner: account(i < 4 ? 10 : i + 10) }))
    const probes = probesOf(dispute(6), word(7), DEAL, seats)
    const owners = probes.filter(p => p.refused === undefined).map(p => seats[p.position]?.owner)
    assert.equal(new Set(owners).size, owners.length)
    assert.equal(owners.length, 3)
    assert.ok(probes.some(p => p.refused === 'drawn-before'))
  })

  it('behavior: a call tries 48 positions, and the next goes on where it ended', () => {
    const seats = Array.from({ length: 200 }, (_unused, i) => seat(i, { capabilities: 0 }))
    const first = probesOf(dispute(200), word(7), DEAL, seats)
    assert.equal(first.length, COURT_RULES.probesPerCall)
    const second = probesOf(dispute(200, { cursor: 48 }), word(7), DEAL, seats)
    assert.equal(second[0]?.position, positionAt(word(7), word(5), 0, 48, 200))
    assert.deepEqual(probesOf(dispute(200, { cursor: 950 }), word(7), DEAL, seats).length, 10)
  })

  it('behavior: positions of the vacant and of later seats are tried and refused', () => {
    const probes = probesOf(dispute(4), word(7), DEAL, [seat(1), seat(2), seat(3)])
    assert.ok(probes.every(p => p.position < 4))
    assert.ok(probes.filter(p => p.position === 0).every(p => p.refused === 'vacant'))
  })
})
