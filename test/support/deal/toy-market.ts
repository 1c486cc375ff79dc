import assert from 'node:assert/strict'
import type { Hex } from '../../../protocols/common/values.ts'
import { resting } from '../../../protocols/deal/patience.ts'
import { PROVIDER_DONE } from '../../../protocols/deal/provider-machine.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { account, CREATOR, signature, toyCandidate, toyDeal, word } from './builders.ts'
import type { Ground } from './ground.ts'
import type { Answer, Caution, CreatorMarket, SimCreator } from './sim-creator.ts'
import { type ProviderKind, SimProvider } from './sim-provider.ts'

const REFUSED: Answer = { type: 'refuse', reason: 'no-room', detail: 'no room' }
const NEEDS = { cpuMillis: 1, memoryBytes: 1, diskBytes: 1 }

/** A handful of providers that all ask the same. */
export interface ToyMarket extends CreatorMarket {
  providers: readonly SimProvider[]
  /** a job offer with a nonce of its own */
  freshOffer(): Uint8Array
}

export function toyProviders(
  ground: Ground,
  kinds: readonly ProviderKind[],
  creatorOf: () => SimCreator
): SimProvider[] {
  return kinds.map(
    (kind, i) => new SimProvider(ground, { account: account(i + 1), address: `peer ${i + 1}`, kind, creatorOf })
  )
}

export function toyMarket(ground: Ground, caution: Caution, providers: readonly SimProvider[]): ToyMarket {
  const { world } = ground
  let nonces = 0
  let deals = 0
  const freshOffer = () => Uint8Array.of(++nonces)
  const providerOf: CreatorMarket['providerOf'] = candidate =>
    providers.find(p => p.account === candidate.account) as SimProvider
  return {
    providers,
    freshOffer,
    providerOf,
    announce: () => undefined,
    rank: (state, freshNonce) => ({
      candidates: providers
        .map((_p, i) => toyCandidate(i + 1))
        .filter(c => !resting(state, () => undefined, world.nowMs).has(c.account)),
      certificate: new Uint8Array(),
      counts: {},
      ...(freshNonce ? { jobOffer: freshOffer() } : {})
    }),
    terms({ jobOffer }, candidate) {
      const court = caution.committee ? ({ committee: 3, seatFee: 1_000n, collateral: 4_000n } as const) : {}
      const nonce = BigInt(jobOffer[0] ?? 0)
      const deal = toyDeal({ provider: candidate.account, openBefore: world.nowSec + 20, nonce, ...court })
      return { deal, dealId: word(++deals), signature: signature(1) }
    },
    propose(creator, _state, { candidate, deal, dealId }, answered) {
      const provider = providerOf(candidate)
      creator.ask(provider, { handle: () => answer(provider, dealId, deal) }, answered, () => answered(undefined))
    }
  }
}

function answer(provider: SimProvider, dealId: Hex, deal: Deal): Answer | undefined {
  const { world, kind } = provider
  if (kind === 'silent' || kind === 'snatcher' || kind === 'idler') return cheat(provider, dealId, deal)
  const agreed: Answer = { type: 'agree', signature: signature(2) }
  const known = provider.journal.get(dealId)
  if (known !== undefined) return PROVIDER_DONE.includes(known.phase) ? REFUSED : agreed
  if (world.nowSec >= deal.openBefore || world.chance(0.2)) return REFUSED
  provider.agree({
    dealId,
    deal,
    creatorSignature: signature(1),
    providerSignature: signature(2),
    creator: { account: CREATOR, peer: 'creator', addrs: [] },
    spec: new Uint8Array(),
    needs: { engine: 'noop', resources: NEEDS, network: 'none' },
    timeoutMs: 10_000
  })
  assert.equal(deal.provider, provider.account)
  return provider.up ? agreed : undefined
}

function cheat({ world, escrow, kind }: SimProvider, dealId: Hex, deal: Deal): Answer | undefined {
  const open = () => {
    try {
      escrow.open(dealId, deal)
    } catch {
      // another was faster, or the nonce is burnt
    }
  }
  if (world.chance(0.5)) world.after(world.between(0, 22_000), open)
  if (kind === 'silent') return undefined
  return kind === 'idler' ? { type: 'agree', signature: signature(2) } : REFUSED
}
