import { NoCourtError } from '../../../node/roles/court-terms.ts'
import { evidence } from '../../../node/roles/provider/evidence.ts'
import { FrontDesk } from '../../../node/roles/provider/front-desk.ts'
import { RoomKeeper } from '../../../node/roles/provider/room-keeper.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, type Hex, toHex } from '../../../protocols/common/values.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import type { Room } from '../../../protocols/matching/room.ts'
import { OfferBook } from '../../../protocols/offers/book.ts'
import { verifyFact } from '../../../protocols/offers/verify-fact.ts'
import { ALL_WELCOME } from '../deal/proposal.ts'
import type { SimProvider } from '../deal/sim-provider.ts'
import type { World } from '../deal/world.ts'
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
  room: RoomKeeper
  isDraining(): boolean
}

/** Knows a provider's room from its journal. @param maxJobs 0: it says no to everybody */
export function roomOf(provider: SimProvider, capacity: Room, maxJobs = MAX_JOBS, bug?: Bug): RoomKeeper {
  const values = new Map<string, unknown>()
  return new RoomKeeper(
    { maxJobs, maxUnopened: MAX_UNOPENED },
    {
      journal: {
        getValue: <T>(key: string) => values.get(key) as T | undefined,
        setValue: (key, value) => void values.set(key, value)
      },
      clock: { nowMs: () => provider.world.nowMs },
      capacity: () => capacity,
      live: () => (bug === 'forgets-reservations' ? [] : provider.live.map(([, state]) => state))
    }
  )
}

/** The production desk that answers proposals, over the simulated provider's journal. */
export function deskOf({ peer, provider, keeper, room, isDraining }: DeskParts): FrontDesk {
  const { world } = provider
  const { account, address, sign } = peer.person
  const clock = { nowMs: () => world.nowMs }
  const nobody = new OfferBook({ roundMs: ROUND_MS })
  const book: Pick<OfferBook, 'live'> = {
    live: ((nowMs: number, type: 'resource') => (peer.book ?? nobody).live(nowMs, type)) as OfferBook['live']
  }
  return new FrontDesk(
    { roundMs: ROUND_MS, admission: ALL_WELCOME },
    {
      identity: { account, peer: address, sign, addrs: () => [] },
      settlement: signaturesOf(account),
      offers: keeper,
      clock,
      alarm: (delayMs, work) => alarm(world, delayMs, work),
      termsTime: async () => world.nowSec,
      courtTerms: async () => {
        throw new NoCourtError('the simulator has none')
      },
      log: SILENT,
      verifyFact: fact => verifyFact(fact, peer.context),
      evidence: evidence({ roundMs: ROUND_MS }, { book, clock, account, offer: () => keeper.current })
    },
    {
      get: id => provider.journal.get(id),
      closed: () => (isDraining() ? 'draining' : undefined),
      agree: state => provider.agree(state)
    },
    room
  )
}

function alarm(world: World, delayMs: number, work: () => void): () => void {
  let isOn = true
  world.after(delayMs, () => {
    if (!isOn) return
    work()
    world.settle()
  })
  return () => {
    isOn = false
  }
}
