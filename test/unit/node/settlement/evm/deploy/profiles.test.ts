import assert from 'node:assert/strict'
import {
  type GivenSettings,
  MIN_STAKE_FEES,
  PROFILE_NAMES,
  settingsOf
} from '../../../../../../node/settlement/evm/deploy/profiles.ts'

describe('evm: deployment profiles', () => {
  it('default: every profile stands with tokens of 6 to 18 decimals', () => {
    for (const name of PROFILE_NAMES) {
      for (const decimals of [6, 8, 18]) {
        const { seatStake, minSeatFee } = settingsOf(name, decimals)
        assert.ok(seatStake >= MIN_STAKE_FEES * minSeatFee && minSeatFee > 0n)
      }
    }
  })

  it('default: what is given takes the place of the profile', () => {
    const { seatStake, minSeatFee, minWindowSec, revealWindowSec } = settingsOf('public', 6, {
      seatStake: '2.5',
      minSeatFee: '0.05',
      minWindowSec: 120
    })
    assert.deepEqual([seatStake, minSeatFee, minWindowSec, revealWindowSec], [2_500_000n, 50_000n, 120, 7_200])
  })

  const refused: [string, number, Partial<GivenSettings>][] = [
    ['seatStake', 18, { seatStake: '0.01' }],
    ['seatStake', 18, { seatStake: '100000000000' }],
    ['minSeatFee', 18, { minSeatFee: '0' }],
    ['minSeatFee', 0, {}],
    ['minWindowSec', 18, { minWindowSec: 0 }],
    ['minWindowSec', 18, { minWindowSec: 31 * 86_400 }],
    ['exitDelaySec', 18, { exitDelaySec: 0 }],
    ['activationSec', 18, { activationSec: -1 }]
  ]
  for (const [field, decimals, changes] of refused) {
    it(`error: ${JSON.stringify(changes)} with ${decimals} decimals`, () => {
      assert.throws(() => settingsOf('dev', decimals, changes), { name: 'InvalidInputError', field })
    })
  }
})
