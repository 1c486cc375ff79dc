import assert from 'node:assert/strict'
import { checkSeats } from '../../../../../node/roles/court-terms.ts'
import { signTerms } from '../../../../../node/roles/creator/sign-terms.ts'
import type { Settlement } from '../../../../../node/settlement/settlement.ts'
import type { Deal } from '../../../../../protocols/deal/schema.ts'
import type { Policy } from '../../../../../protocols/job/derive.ts'
import type { EngineKind } from '../../../../../protocols/job/schema.ts'
import { CAPABILITY } from '../../../../../protocols/mediation/types.ts'
import { encodeFact } from '../../../../../protocols/offers/fact.ts'
import { account, creatorStart, signature, toyCandidate, word } from '../../../../support/deal/builders.ts'
import * as make from '../../../../support/market/make.ts'

const CAPABILITIES = CAPABILITY.js | CAPABILITY.wasm | CAPABILITY.docker
const SEATS = Array.from({ length: 9 }, (_, index) => ({
  ...{ index, owner: account(100 + index), fromSec: 0, stake: 480_000n, risk: 0n },
  capabilities: CAPABILITIES
}))
const SETTINGS = {
  ...{ seatStake: 480_000n, revealWindowSec: 30, appealWindowSec: 30, activationSec: 0, exitDelaySec: 60 },
  minSeatFee: 100n
}

/** The deal that a creator signs on a network whose court has seats for every engine. */
async function dealOf(engine: EngineKind, policy: Policy): Promise<Deal> {
  const me = make.identity(1)
  const fact = await make.jobFact(me, {
    policy,
    replicas: policy === 'replicas' ? 3 : 1,
    needs: { ...make.jobOffer().needs, engine }
  })
  const settlement: Pick<Settlement, 'dealId' | 'signDeal'> = {
    dealId: () => word(1),
    signDeal: async () => signature(1)
  }
  const { deal } = await signTerms(
    {
      settlement: settlement as Settlement,
      ensureFree: async () => {},
      siblings: () => ({ taken: new Set(), promised: 0n }),
      termsTime: async () => 1_000,
      identity: { account: me.account, peer: 'me', sign: me.sign, addrs: () => [] },
      courtTerms: async of => checkSeats(of, SEATS, SETTINGS, 9)
    },
    {
      ...creatorStart().state,
      jobOffer: encodeFact(fact),
      candidates: [toyCandidate(2)],
      certificate: new Uint8Array()
    },
    0,
    {}
  )
  return deal
}

describe('roles/creator/sign-terms', () => {
  const CASES: [EngineKind, Policy, Partial<Deal>][] = [
    ['js', 'none', { committee: 0, needs: 0, seatFee: 0n }],
    ['js', 'replicas', { committee: 3, needs: CAPABILITY.js }],
    ['wasm', 'spot', { committee: 3, needs: CAPABILITY.wasm }],
    ['docker', 'none', { committee: 0, needs: 0, seatFee: 0n }],
    ['docker', 'replicas', { committee: 0, needs: 0, seatFee: 0n }]
  ]
  for (const [engine, policy, expected] of CASES) {
    it(`default: ${engine} with ${policy}: ${expected.committee === 0 ? 'no committee' : 'a committee'}`, async () => {
      const deal = await dealOf(engine, policy)
      for (const [key, value] of Object.entries(expected)) assert.equal(deal[key as keyof Deal], value, key)
    })
  }

  it('error: no committee for a container, where the policy promises one', async () => {
    await assert.rejects(dealOf('docker', 'committee'), { name: 'NoCourtError' })
  })
})
