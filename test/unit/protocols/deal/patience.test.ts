import assert from 'node:assert/strict'
import type { CreatorState, RefusalNote } from '../../../../protocols/deal/creator-types.ts'
import { asksHold, type OfferNow, resting, spread } from '../../../../protocols/deal/patience.ts'
import { account, creatorStart } from '../../../support/deal/builders.ts'

const NOW = 1_000_000
const note = (changes: Partial<RefusalNote> = {}): RefusalNote => ({
  provider: account(1),
  reason: 'no-room',
  detail: 'full',
  atMs: NOW,
  offer: 'old',
  times: 1,
  ...changes
})
const CROWD = Array.from({ length: 15 }, (_, n) => note({ provider: account(50 + n) }))

/** How long the provider of these refusals is left alone after the last of them, where many others said no as well. */
function restMs(mine: RefusalNote[], offer?: OfferNow, others = CROWD): number {
  const notes = [...others, ...mine]
  for (const ms of [0, 100, 500, 1_000, 2_000, 4_000, 8_000, 15_000]) {
    if (!resting({ past: [], refusals: notes }, () => offer, NOW + ms).has(account(1))) return ms
  }
  return Infinity
}
const offer = (id: string, hasRoom: boolean): OfferNow => ({ id, hasRoom })

describe('deal/patience', () => {
  for (const [what, notes, now, expected] of [
    ['no room', [note()], undefined, 500],
    ['no room, again and again', [note({ times: 4 })], undefined, 4_000],
    ['never longer, whatever got lost', [note({ times: 60 })], undefined, 15_000],
    [
      'a provider that keeps room is not left alone for long',
      [note({ times: 60, holdUntilMs: NOW + 1 })],
      undefined,
      4_000
    ],
    ['it said when', [note({ times: 9, freeAtMs: NOW + 100 })], undefined, 100],
    ['the same offer as before', [note()], offer('old', true), 500],
    ['a new offer with room', [note({ times: 9, freeAtMs: NOW + 9_000 })], offer('new', true), 0],
    ['a new offer without', [note()], offer('new', false), 500],
    ['the price changed, and the new offer is here', [note({ reason: 'price-changed' })], offer('new', false), 0],
    ['the price changed, and it is not', [note({ reason: 'price-changed' })], offer('old', true), 500],
    ['silent, and heard of since', [note({ reason: 'unreachable', times: 3 })], offer('new', false), 0],
    ['silent', [note({ reason: 'unreachable', times: 3 })], offer('old', true), 2_000],
    ['a no for good', [note({ reason: 'infeasible' }), note()], offer('new', true), Infinity],
    ['not wanted', [note({ reason: 'not-allowed' })], offer('new', true), Infinity]
  ] as const) {
    it(`args: ${what} → ${expected} ms`, () => assert.equal(restMs([...notes], now), expected))
  }

  it('behavior: the fewer there are, the sooner each is asked again', () => {
    const often = [note({ times: 60 })]
    assert.deepEqual([restMs(often, undefined, []), restMs(often, undefined, CROWD.slice(0, 3))], [1_000, 4_000])
  })

  it('behavior: a provider that failed the job is not asked again', () => {
    const past = [{ provider: account(3) }] as unknown as CreatorState['past']
    assert.deepEqual([...resting({ past, refusals: [] }, () => undefined, NOW)], [account(3)])
  })

  it('default: a hold is asked for after a minute without room, at one provider at a time', () => {
    const state = (changes: Partial<CreatorState>) => ({ ...creatorStart().state, ...changes })
    const asks = (changes: Partial<CreatorState>, n = 1) => asksHold(state(changes), account(n), NOW)
    assert.equal(asks({}), false)
    assert.equal(asks({ fullSinceMs: NOW - 59_999 }), false)
    assert.equal(asks({ fullSinceMs: NOW - 60_000 }), true)
    const held = { fullSinceMs: NOW - 60_000, refusals: [note({ holdUntilMs: NOW + 1 })] }
    assert.deepEqual([asks(held, 1), asks(held, 2)], [true, false])
    assert.equal(asks({ ...held, refusals: [note({ holdUntilMs: NOW })] }, 2), true)
    const forEver = note({ holdUntilMs: Number.MAX_SAFE_INTEGER, atMs: NOW - 620_000 })
    assert.equal(asks({ ...held, refusals: [forEver] }, 2), true)
  })

  it('default: jobs start again at different times within the window, each always at its own', () => {
    const times = Array.from({ length: 500 }, (_, i) => spread(`job ${i}`, 1, 500))
    assert.ok(times.every(t => t >= 1 && t <= 500 && Number.isInteger(t)))
    assert.ok(new Set(times).size > 250)
    assert.deepEqual(
      times.slice(0, 3),
      [0, 1, 2].map(i => spread(`job ${i}`, 1, 500))
    )
    assert.notEqual(spread('job', 1, 1_000_000), spread('job', 2, 1_000_000))
  })
})
