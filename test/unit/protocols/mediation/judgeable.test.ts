import assert from 'node:assert/strict'
import type { Deal } from '../../../../protocols/deal/schema.ts'
import { makeTerms } from '../../../../protocols/deal/terms.ts'
import { parseSpec } from '../../../../protocols/job/parse-spec.ts'
import { faultOfDeal } from '../../../../protocols/mediation/judgeable.ts'
import { CAPABILITY } from '../../../../protocols/mediation/types.ts'
import { account, word } from '../../../support/deal/builders.ts'

const file = (changes: object = {}) => ({
  engine: { js: { source: 'export default () => 0' } },
  timeout: '61s',
  verify: { policy: { spot: '5%' } },
  ...changes
})
const spec = parseSpec(file())
/** the deal that both sides compute */
const deal = makeTerms({
  ...{ job: word(1), spec: word(2), certificate: word(3), creator: account(1), provider: account(2), price: 10n },
  offerTerms: { collateralPercent: 100, submitBaseSec: 1, reviewSec: 60, committee: true, dockerCommittee: false },
  ...{ timeoutMs: spec.timeoutMs, nonce: 1n, openBefore: 1_000 },
  committee: { seatFee: 10n, needs: CAPABILITY.js }
})

describe('mediation/judgeable', () => {
  it('default: a deal that follows from its specification has no fault', () =>
    assert.equal(faultOfDeal(deal, spec), undefined))

  for (const policy of [{ replicas: { n: 3 } }, { committee: 3 }]) {
    it(`default: a deal of a job with ${JSON.stringify(policy)} can be judged like one with spot checks`, () =>
      assert.equal(faultOfDeal(deal, parseSpec(file({ verify: { policy } }))), undefined))
  }

  const faults: [what: string, changes: Partial<Deal>, spec?: object][] = [
    ['other engines', { needs: CAPABILITY.wasm }],
    ['more engines', { needs: CAPABILITY.js | CAPABILITY.wasm }],
    ['a submit window that does not hold the time limit twice', { submitWindow: 121 }],
    ['a vote window that does not hold the submit window three times', { voteWindow: 3 * deal.submitWindow - 1 }],
    ['a job without a check', {}, { verify: { policy: 'none' } }],
    [
      'replicas of a container',
      { needs: CAPABILITY.docker },
      {
        engine: { docker: { image: `debian@sha256:${'ab'.repeat(32)}` } },
        verify: { policy: { replicas: { n: 3 } } }
      }
    ],
    ['a job that cannot be repeated', {}, { engine: { noop: {} }, verify: { policy: 'none' } }]
  ]
  for (const [what, changes, other] of faults) {
    it(`error: ${what}`, () =>
      assert.notEqual(
        faultOfDeal({ ...deal, ...changes }, other === undefined ? spec : parseSpec(file(other))),
        undefined
      ))
  }
})
