import assert from 'node:assert/strict'
import { conclude, due, type Outbox, postpone, put, reissue } from '../../../../protocols/deal/outbox.ts'

type Effect = { type: 'a' | 'b'; n?: number }
const AB: Outbox<Effect> = put<Effect>([], { type: 'a' }, { type: 'b' })

describe('deal/outbox', () => {
  it('default: what is put is under way, and goes when it is concluded', () => {
    assert.deepEqual(AB, [
      { effect: { type: 'a' }, tries: 1 },
      { effect: { type: 'b' }, tries: 1 }
    ])
    assert.deepEqual(conclude(AB, 'a'), [AB[1]])
    assert.deepEqual(due(AB, Infinity).effects, [])
  })

  it('behavior: concluding nothing is the same outbox', () => {
    const a = conclude(AB, 'b')
    assert.equal(conclude(a, 'b'), a)
    assert.equal(due(AB, 1).outbox, AB)
  })

  it('behavior: one of a kind: the newer replaces', () => {
    assert.deepEqual(put<Effect>(AB, { type: 'a', n: 2 }), [AB[1], { effect: { type: 'a', n: 2 }, tries: 1 }])
  })

  it('behavior: waits double up to the longest, also after a thousand tries', () => {
    const waits: number[] = []
    let outbox: Outbox<Effect> = put<Effect>([], { type: 'a' })
    for (let n = 0; n < 1_000; n++) {
      outbox = postpone(outbox, 'a', 0)
      const at = outbox[0]?.notBeforeMs ?? 0
      waits.push(at)
      assert.deepEqual(due(outbox, at - 1).effects, [])
      outbox = due(outbox, at).outbox
    }
    assert.deepEqual(waits.slice(0, 7), [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
    assert.equal(waits.at(-1), 15_000)
    assert.equal(outbox[0]?.tries, 1_001)
  })

  it('behavior: a restart carries out everything, whatever it was waiting for', () => {
    const { outbox, effects } = reissue(postpone(AB, 'b', 0))
    assert.deepEqual(effects, [{ type: 'a' }, { type: 'b' }])
    assert.deepEqual(
      outbox.map(p => [p.tries, p.notBeforeMs]),
      [
        [2, undefined],
        [2, undefined]
      ]
    )
  })
})
