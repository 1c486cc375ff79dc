import assert from 'node:assert/strict'
import { SyncPace } from '../../../../node/network/sync-pace.ts'

const report = (changes: object) => ({ received: 0, sent: 0, left: false, differed: false, ...changes })

describe('SyncPace', () => {
  let nowMs: number
  let pace: SyncPace
  beforeEach(() => {
    nowMs = 0
    pace = new SyncPace(() => nowMs)
  })

  /** How long after a session with this outcome the next one waits, to the half second. */
  function waitAfter(outcome: object): number {
    pace.began('peer')
    pace.ended('peer', report(outcome))
    const start = nowMs
    while (!pace.mayOpen('peer')) nowMs += 500
    return nowMs - start
  }

  it('default: a stranger at once, then once in five seconds, a timer half a second early included', () => {
    assert.equal(pace.mayOpen('peer'), true)
    assert.deepEqual([waitAfter({}), waitAfter({ received: 1, differed: true }), waitAfter({})], [4_500, 4_500, 4_500])
  })

  it('behavior: differences that move nothing double the wait up to a minute, a fact ends that', () => {
    const waits = Array.from({ length: 5 }, () => waitAfter({ differed: true }))
    assert.deepEqual(waits, [9_500, 19_500, 39_500, 59_500, 59_500])
    assert.equal(waitAfter({ differed: true, sent: 1 }), 4_500)
  })

  it('behavior: a new connection ends a long wait', () => {
    for (let i = 0; i < 3; i++) waitAfter({ differed: true })
    pace.began('peer')
    pace.met('peer')
    nowMs += 5_000
    assert.equal(pace.mayOpen('peer'), true)
  })

  it('behavior: memory stays bounded with endless peers', () => {
    for (let i = 0; i < 1_001; i++) pace.began(`peer ${i}`)
    assert.deepEqual([pace.mayOpen('peer 0'), pace.mayOpen('peer 1')], [true, false])
  })
})
