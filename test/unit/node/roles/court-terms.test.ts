import assert from 'node:assert/strict'
import { type CourtCase, checkSeats, courtTerms, NoCourtError } from '../../../../node/roles/court-terms.ts'
import type { Court, CourtSettings } from '../../../../node/settlement/court.ts'
import { CAPABILITY, type Seat } from '../../../../protocols/mediation/types.ts'
import { account } from '../../../support/deal/builders.ts'

const SETTINGS: CourtSettings = {
  seatStake: 48_000n,
  revealWindowSec: 30,
  appealWindowSec: 30,
  activationSec: 0,
  exitDelaySec: 60,
  minSeatFee: 100n
}
const CASE: CourtCase = { price: 50n, engine: 'js', parties: [account(0xc0), account(0xb0)], nowSec: 1_000 }
const seat = (index: number, changes: Partial<Seat> = {}): Seat => ({
  index,
  owner: account(index + 1),
  fromSec: 10,
  stake: 48_000n,
  risk: 0n,
  capabilities: CAPABILITY.js,
  ...changes
})
const seats = (count: number, changes: Partial<Seat> = {}): Seat[] =>
  Array.from({ length: count }, (_, i) => seat(i, changes))

const refusalOf = (of: Partial<CourtCase>, list: Seat[], min = 3): string | undefined => {
  try {
    checkSeats({ ...CASE, ...of }, list, SETTINGS, min)
    return undefined
  } catch (error) {
    assert.ok(error instanceof NoCourtError, String(error))
    return error.message
  }
}

describe('roles/court-terms', () => {
  it('default: the fee of a seat is the price, and at least what the escrow asks for', () => {
    assert.deepEqual(checkSeats(CASE, seats(3), SETTINGS, 3), { seatFee: 100n, needs: 1 })
    assert.equal(checkSeats({ ...CASE, price: 700n }, seats(3), SETTINGS, 3).seatFee, 700n)
  })

  it('behavior: wasm seats for wasm jobs', () => {
    assert.match(refusalOf({ engine: 'wasm' }, seats(9)) ?? '', /0 mediators/)
    assert.equal(refusalOf({ engine: 'wasm' }, seats(9, { capabilities: 3 })), undefined)
  })

  const UNFIT: [string, Partial<Seat>][] = [
    ['taken only now', { fromSec: 1_000 }],
    ['about to be left', { exitSec: 900 }],
    ['at risk elsewhere', { risk: 47_701n }],
    ['of a party', { owner: account(0xc0) }],
    ['of one owner', { owner: account(1) }],
    ['without the engine', { capabilities: CAPABILITY.wasm }]
  ]
  for (const [what, changes] of UNFIT) {
    it(`error: seats ${what} do not count`, () => assert.match(refusalOf({}, seats(5, changes)) ?? '', /mediators/))
  }

  it('error: runs that cannot be repeated, and prices that no seat answers for', () => {
    const all = { capabilities: CAPABILITY.js | CAPABILITY.wasm | CAPABILITY.docker }
    for (const engine of ['docker', 'noop'] as const) {
      assert.match(refusalOf({ engine }, seats(9, all)) ?? '', /repeated/)
    }
    assert.match(refusalOf({ price: 1_001n }, seats(9)) ?? '', /price/)
    assert.equal(refusalOf({ price: 1_000n }, seats(9)), undefined)
  })

  it('error: seats that a draw would hardly find', () => {
    const many = [...seats(3), ...seats(22, { capabilities: 0 })]
    assert.match(refusalOf({}, many) ?? '', /3 of 25 seats/)
    assert.equal(refusalOf({}, many.slice(0, 24)), undefined)
  })

  it('behavior: seats are read once for a burst of proposals', async () => {
    let [reads, nowMs] = [0, 0]
    const court = {
      seats: async () => {
        reads++
        return seats(3)
      },
      settings: async () => SETTINGS
    } as Partial<Court> as Court
    const terms = courtTerms(() => court, 3, { nowMs: () => nowMs })
    for (nowMs of [0, 1_999]) await terms(CASE)
    assert.equal(reads, 1)
    nowMs = 2_000
    await terms(CASE)
    assert.equal(reads, 2)
  })

  it('error: a network without a court', async () => {
    const terms = courtTerms(() => undefined, 3, { nowMs: () => 0 })
    await assert.rejects(terms(CASE), { name: 'NoCourtError' })
  })
})
