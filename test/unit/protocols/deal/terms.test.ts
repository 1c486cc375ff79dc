import assert from 'node:assert/strict'
import fc from 'fast-check'
import { collateralFor, differences, makeTerms, openWindowSec } from '../../../../protocols/deal/terms.ts'
import { account, CREATOR, toyDeal, word } from '../../../support/deal/builders.ts'

const INPUT = {
  job: word(1),
  spec: word(2),
  certificate: word(3),
  creator: CREATOR,
  provider: account(1),
  price: 1_000n,
  offerTerms: { collateralPercent: 130, submitBaseSec: 30, reviewSec: 90, committee: false, dockerCommittee: false },
  timeoutMs: 10_001,
  nonce: 5n,
  openBefore: 77
}

describe('deal/terms', () => {
  it('default: the one deal that follows from its input', () => {
    const deal = makeTerms(INPUT)
    assert.deepEqual(differences(deal, makeTerms({ ...INPUT })), [])
    // the window covers the run twice, in whole seconds rounded up
    assert.deepEqual([deal.submitWindow, deal.reviewWindow, deal.collateral], [30 + 2 * 11, 90, 1_300n])
    assert.deepEqual([deal.committee, deal.seatFee, deal.needs, deal.openBefore], [0, 0n, 0, 77])
  })

  it('behavior: a committee: its fees are covered, and its window holds the run several times over', () => {
    const committee = { seatFee: 2_000n, needs: 1 }
    const deal = makeTerms({ ...INPUT, committee })
    assert.deepEqual([deal.committee, deal.seatFee, deal.needs], [3, 2_000n, 1])
    assert.deepEqual([deal.collateral, deal.voteWindow], [3n * 2_000n + 1_000n, 3 * deal.submitWindow])
    const generous = makeTerms({ ...INPUT, committee, offerTerms: { ...INPUT.offerTerms, collateralPercent: 900 } })
    assert.equal(generous.collateral, 9_000n)
  })

  it('behavior: names every field that differs, in the order of the struct', () => {
    const deal = toyDeal()
    for (const key of Object.keys(deal) as (keyof typeof deal)[]) {
      assert.deepEqual(differences(deal, { ...deal, [key]: 'other' }), [key])
    }
    assert.deepEqual(differences(deal, { ...deal, nonce: 9n, price: 9n }), ['price', 'nonce'])
  })

  it('behavior: collateral is rounded up to the smallest unit, never below the share', () => {
    assert.deepEqual(
      [
        collateralFor(0n, 50),
        collateralFor(1n, 1),
        collateralFor(100n, 1),
        collateralFor(101n, 1),
        collateralFor(7n, 0)
      ],
      [0n, 1n, 1n, 2n, 0n]
    )
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 96n), fc.nat(10_000), (price, percent) => {
        const collateral = collateralFor(price, percent)
        assert.ok(collateral * 100n >= price * BigInt(percent) && (collateral - 1n) * 100n < price * BigInt(percent))
      })
    )
  })

  it('behavior: two minutes and a second per megabyte to open, at most half an hour', () => {
    assert.deepEqual([0, 1, 1_000_000, 1_000_001, 2 ** 40].map(openWindowSec), [120, 121, 121, 122, 1_800])
  })
})
