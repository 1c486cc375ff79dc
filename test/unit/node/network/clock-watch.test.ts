import assert from 'node:assert/strict'
import { type ClockOpinion, ClockWatch, clockWarning } from '../../../../node/network/clock-watch.ts'

describe('ClockWatch', () => {
  let told: ClockOpinion[]
  let clocks: ClockWatch
  beforeEach(() => {
    told = []
    clocks = new ClockWatch(opinion => told.push(opinion))
  })

  it('default: two seconds are tolerated, more is told once until it is right again', () => {
    for (const aheadMs of [2000, -2000, 2001, 2500, 0, -2001]) clocks.saw('a', aheadMs)
    assert.deepEqual(told, [
      { aheadMs: 2001, peers: 1 },
      { aheadMs: -2001, peers: 1 }
    ])
  })

  it('behavior: the middle counts, each peer once: a minority of liars changes nothing', () => {
    for (const peer of ['a', 'b', 'c']) clocks.saw(peer, 10)
    for (let i = 0; i < 100; i++) for (const peer of ['x', 'y']) clocks.saw(peer, 90_000 + i)
    assert.deepEqual([told, clocks.off], [[], undefined])
  })

  it('behavior: who was asked longest ago is forgotten', () => {
    for (let i = 0; i < 1000; i++) clocks.saw(`${i}`, i < 936 ? 90_000 : 0)
    assert.equal(clocks.off, undefined)
  })

  it('default: the warning says which way and what to do', () => {
    assert.deepEqual(clockWarning({ aheadMs: 61_200, peers: 3 }), {
      message: 'the clock of this host is 61.2 s behind the middle of 3 peers, and offers are dated',
      remedy: 'set the clock, and keep it set (NTP)'
    })
    assert.match(clockWarning({ aheadMs: -3000, peers: 1 }).message, /3\.0 s ahead of that of the one peer/)
  })
})
