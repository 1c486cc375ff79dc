import assert from 'node:assert/strict'
import { secondsOf } from '../../../../node/cli/board-time.ts'

describe('cli/board-time', () => {
  it('default: plain numbers are seconds, others have a unit', () => {
    const texts = ['0', '5', '5s', '1m', '2h', '2000ms', undefined]
    assert.deepEqual(
      texts.map(text => secondsOf(text, 'turn')),
      [0, 5, 5, 60, 7200, 2, undefined]
    )
  })

  for (const wrong of ['', '-5', '5x', '500ms', '1.5', 's', '9'.repeat(30)]) {
    it(`error: --turn '${wrong}' says what is possible`, () => {
      assert.throws(() => secondsOf(wrong, 'turn'), { name: 'InvalidInputError', field: 'turn', remedy: /90s/ })
    })
  }
})
