import assert from 'node:assert/strict'
import { DeclinedIds, declinedUntil } from '../../../../../protocols/offers/sync/declined.ts'
import { digestOf, identity, jobFact, ROUND } from '../../../../support/market/make.ts'

describe('DeclinedIds', () => {
  it('default: remembers until the last round is over', () => {
    const ids = new DeclinedIds()
    ids.add(digestOf('a'), 10)
    ids.add(digestOf('b'), 20)
    ids.expire(10)
    assert.deepEqual([ids.has(digestOf('a')), ids.has(digestOf('b'))], [true, true])
    ids.expire(11)
    assert.deepEqual([ids.has(digestOf('a')), ids.has(digestOf('b')), ids.size], [false, true, 1])
  })

  it('behavior: the oldest memories go first', () => {
    const ids = new DeclinedIds(2)
    for (const name of ['a', 'b', 'a', 'c']) ids.add(digestOf(name), 10)
    assert.deepEqual(
      ['a', 'b', 'c'].map(name => ids.has(digestOf(name))),
      [true, false, true]
    )
  })

  it('default: a refusal lasts until expiry, one for being early until the start, a failed check not at all', async () => {
    const fact = await jobFact(identity(), { fromRound: ROUND + 100, untilRound: ROUND + 500 })
    const until = (reason: Parameters<typeof declinedUntil>[1], round = ROUND) => declinedUntil(fact, reason, round)
    assert.deepEqual(
      [until('full'), until('NotAdmitted'), until('equivocator')],
      [ROUND + 500, ROUND + 500, ROUND + 500]
    )
    assert.deepEqual(
      [until('time'), until('FactTimeError'), until('FactTimeError', ROUND + 100)],
      [ROUND + 100, ROUND + 100, ROUND + 500]
    )
    assert.deepEqual([until('CheckFailed'), until('RateLimited')], [undefined, undefined])
  })
})
