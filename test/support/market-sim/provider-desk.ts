import { NoCourtError } from '../../../node/roles/court-terms.ts'
import { FrontDesk } from '../../../node/roles/provider/front-desk.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, type Hex, toHex } from '../../../protocols/common/values.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { verifyFact } from '../../../protocols/offers/verify-fact.ts'
import type { SimProvider } from '../deal/sim-provider.ts'
import type { SimKeeper } from './keeper.ts'
import type { Bug } from './options.ts'
import type { Peer } from './peer.ts'
import { ROUND_MS, stamperOf, stampOf } from './people.ts'

/** As a node's settings have them. */
const MAX_JOBS = 64
const MAX_UNOPENED = 16
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** Stands for the EIP-712 hash of a deal. */
export function dealIdOf(deal: Deal): Hex {
  const text = JSON.stringify(deal, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))
  return toHex(sha256(Buffer.from(text)))
}

/** Stands for the account's EIP-712 signatures. */
export const signaturesOf = (account: Address) => ({
  dealId: dealIdOf,
  signDeal: async (deal: Deal) => stampOf(account, dealIdOf(deal)),
  dealSigner: async (deal: Deal, signature: Hex) => stamperOf(signature, dealIdOf(deal)) ?? ZERO
})

const ZERO: Address = `0x${'00'.repeat(20)}`

export interface DeskParts {
  peer: Peer
  provider: SimProvider
  keeper: SimKeeper
  isDraining(): boolean
  /** 0: it says no to everybody. @default 64 */
  maxJobs?: number
  bug?: Bug | undefined
}

/** The production desk that answers proposals, over the simulated provider's journal. */
export function deskOf({ peer, provider, keeper, isDraining, maxJobs = MAX_JOBS, bug }: DeskParts): FrontDesk {
  const { world } = provider
  const { account, address, sign } = peer.person
  return new FrontDesk(
    { roundMs: ROUND_MS, maxJobs, maxUnopened: MAX_UNOPENED },
    {
      identity: { account, peer: address, sign, addrs: () => [] },
      settlement: signaturesOf(account),
      offers:
        bug === 'forgets-reservations'
          ? { evidence: reason => keeper.evidence(reason), find: id => unreserved(keeper, id) }
          : keeper,
      clock: { nowMs: () => world.nowMs },
      termsTime: async () => world.nowSec,
      courtTerms: async () => {
        throw new NoCourtError('the simulator has none')
      },
      log: SILENT,
      verifyFact: fact => verifyFact(fact, peer.context)
    },
    {
      get: id => provider.journal.get(id),
      live: () => provider.live.map(([, state]) => state),
      isDraining,
      agree: state => provider.agree(state)
    }
  )
}

/** The deliberate bug: what is promised to others counts as free. */
function unreserved(keeper: SimKeeper, id: Parameters<SimKeeper['find']>[0]) {
  const found = keeper.find(id)
  return found === undefined ? undefined : { ...found, body: { ...found.body, free: found.body.capacity } }
}
