import assert from 'node:assert/strict'
import { isSpotChecked } from '../../../../protocols/mediation/spot.ts'
import { word } from '../../../support/deal/builders.ts'

const chosen = (perMille: number, secret = word(7)): number =>
  Array.from({ length: 10_000 }, (_, n) => n).filter(n => isSpotChecked(word(n), secret, perMille)).length

describe('mediation/spot', () => {
  it('default: as often as the policy says', () => {
    assert.deepEqual([chosen(0), chosen(1000)], [0, 10_000])
    // 500 expected of 10,000 at 5 %, standard deviation 22
    const few = chosen(50)
    assert.ok(few > 400 && few < 600, String(few))
  })

  it('behavior: who knows the commitment alone knows nothing', () => {
    const same = Array.from({ length: 1_000 }, (_, n) => n).filter(
      n => isSpotChecked(word(n), word(1), 500) === isSpotChecked(word(n), word(2), 500)
    )
    assert.ok(same.length > 400 && same.length < 600, String(same.length))
  })

  it('behavior: one commitment and one secret, one answer on every machine', () => {
    const answers = [1, 2, 3, 4, 5, 6, 7, 8].map(n => isSpotChecked(word(n), word(9), 500))
    assert.deepEqual(answers, [true, true, true, false, false, false, true, true])
  })
})
