import assert from 'node:assert/strict'
import { consider, type Proposal, Refused, type Situation } from '../../../../../node/roles/provider/consider.ts'
import type { Deal } from '../../../../../protocols/deal/schema.ts'
import { makeTerms } from '../../../../../protocols/deal/terms.ts'
import type { Policy } from '../../../../../protocols/job/derive.ts'
import { account, CREATOR, word } from '../../../../support/deal/builders.ts'
import { ALL_WELCOME, jobOffer, NOW_SEC, noopSpec, proposal, resourceOffer } from '../../../../support/deal/proposal.ts'

const GOOD = proposal()
const OFFER = GOOD.now.offer as NonNullable<Situation['offer']>
const FREE = OFFER.body.free

function reasonOf(given: { proposal?: Partial<Proposal>; deal?: Partial<Deal>; now?: Partial<Situation> }): unknown {
  const message = { ...GOOD.proposal.message, deal: { ...GOOD.proposal.message.deal, ...given.deal } }
  try {
    consider({ ...GOOD.proposal, message, ...given.proposal }, { ...GOOD.now, ...given.now })
    return 'agreed'
  } catch (error) {
    assert.ok(error instanceof Refused, String(error))
    return error.reason
  }
}
const offered = (changes: Parameters<typeof resourceOffer>[0]) => ({
  now: { offer: { ...OFFER, body: resourceOffer(changes) } }
})
const asked = (changes: Parameters<typeof jobOffer>[1]) => ({
  proposal: { job: { ...GOOD.proposal.job, body: jobOffer(noopSpec(), changes) } }
})

describe('roles/provider/consider', () => {
  it('default: a proposal that follows from our offer is agreed to', () => {
    assert.equal(reasonOf({}), 'agreed')
  })

  it('behavior: the order of keys in the needs means nothing', () => {
    const { resources } = noopSpec()
    const needs = {
      network: 'none',
      resources: Object.fromEntries(Object.entries(resources).reverse()),
      engine: 'noop'
    }
    assert.equal(reasonOf(asked({ needs } as never)), 'agreed')
  })

  const CASES: [string, string, Parameters<typeof reasonOf>[0]][] = [
    ['shutting down', 'draining', { now: { closed: 'shutting down' } }],
    ['an offer that is not ours', 'offer-unknown', { now: { offer: undefined } }],
    ['another specification', 'bad-proposal', asked({ spec: OFFER.id })],
    ['needs that do not follow', 'bad-proposal', asked({ needs: { engine: 'noop', network: 'full' } as never })],
    ['another timeout', 'bad-proposal', asked({ timeoutMs: 6_000 })],
    ['another certificate', 'bad-proposal', { deal: { certificate: word(1) } }],
    ['a price of yesterday', 'price-changed', { deal: { price: 104n } }],
    ['less collateral than stated', 'terms-differ', { deal: { collateral: 1n } }],
    ['another provider', 'terms-differ', { deal: { provider: account(9) } }],
    ['another nonce than the job offer has', 'terms-differ', { deal: { nonce: 1n } }],
    ['windows of its own', 'terms-differ', { deal: { submitWindow: 1 } }],
    ['a committee that was not agreed', 'terms-differ', { deal: { committee: 3 } }],
    ['no time to open', 'terms-differ', { deal: { openBefore: NOW_SEC } }],
    ['too much time to open', 'terms-differ', { deal: { openBefore: NOW_SEC + 30 * 60 + 16 } }],
    ['a bid below the price', 'infeasible', asked({ bid: 104n })],
    ['an expired offer', 'infeasible', { now: { round: NOW_SEC + 11 } }],
    ['a label that is missing', 'infeasible', asked({ constraints: { labels: { zone: 'a' }, allow: [], deny: [] } })],
    [
      'a creator on the list of those denied',
      'not-allowed',
      { now: { admission: { ...ALL_WELCOME, creators: { allow: [], deny: [CREATOR] } } } }
    ],
    [
      'a creator that is not on the list of those allowed',
      'not-allowed',
      { now: { admission: { ...ALL_WELCOME, creators: { allow: [account(5)], deny: [] } } } }
    ]
  ]
  for (const [what, reason, given] of CASES) {
    it(`error: ${reason}: ${what}`, () => assert.equal(reasonOf(given), reason))
  }

  describe('a committee', () => {
    const COMMITTEE = { seatFee: 200n, needs: 1 }
    const { message, job } = GOOD.proposal
    const withCommittee = makeTerms({
      ...message.deal,
      timeoutMs: job.body.timeoutMs,
      offerTerms: OFFER.body.terms,
      committee: COMMITTEE
    })
    const given = (policy: Policy, committee?: typeof COMMITTEE) =>
      reasonOf({
        proposal: { job: { ...job, body: { ...job.body, policy } } },
        deal: withCommittee,
        ...(committee === undefined ? {} : { now: { committee } })
      })

    for (const policy of ['spot', 'replicas'] as const) {
      it(`default: ${policy}: as the court would have it`, () => assert.equal(given(policy, COMMITTEE), 'agreed'))
    }
    it('error: none could be drawn, or none judges the engine', () => {
      for (const policy of ['spot', 'replicas'] as const) assert.equal(given(policy), 'terms-differ')
    })
    it('error: the job asks for none', () => assert.equal(given('none', COMMITTEE), 'terms-differ'))
    it('error: another fee than the court asks', () =>
      assert.equal(given('spot', { ...COMMITTEE, seatFee: 201n }), 'terms-differ'))
    it('behavior: a creator may do without', () => {
      for (const policy of ['spot', 'replicas'] as const) assert.equal(reasonOf(asked({ policy })), 'agreed')
    })
  })

  it('behavior: a creator on the list of those allowed, or on none, is taken', () => {
    assert.equal(
      reasonOf({
        now: { admission: { ...ALL_WELCOME, creators: { allow: [CREATOR, account(5)], deny: [account(6)] } } }
      }),
      'agreed'
    )
  })

  it('behavior: room is not its business', () => {
    assert.equal(reasonOf(offered({ free: { ...FREE, cpuMillis: 0 } })), 'agreed')
  })
})
