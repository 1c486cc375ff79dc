import type { PrivateKeyAccount } from 'viem/accounts'
import { verifyEd25519 } from '../../protocols/common/ed25519.ts'
import { cachedBindVerifier } from '../../protocols/offers/bind-cache.ts'
import { keyOfPeerId } from '../../protocols/offers/peer-key.ts'
import type { Bind, Fact } from '../../protocols/offers/schema.ts'
import { type VerifyBind, verifyFact } from '../../protocols/offers/verify-fact.ts'
import type { Clock, Identity } from '../components.ts'
import { lower, signBind, verifyBind } from '../settlement/typed-data.ts'
import type { Host } from './host.ts'
import { peerSigner } from './peer-signer.ts'

/** A Bind holds for a day and is renewed when less than half of it is left: a stolen one dies soon. */
const BIND_SEC = 24 * 60 * 60
/** Clocks of other hosts may be behind. */
const BIND_SLACK_SEC = 60

export interface NodeIdentity extends Identity {
  /** the Bind that goes with everything this node says now */
  bind(network: string, nowMs: number): Promise<Bind>
}

/** The two keys of a node as one identity. */
export function nodeIdentity(host: Host, seed: Uint8Array, account: PrivateKeyAccount): NodeIdentity {
  const { sign } = peerSigner(seed)
  const peer = host.peerId.toString()
  const peerKey = keyOfPeerId(peer)
  let current: Promise<Bind> | undefined
  let renewAtMs = 0
  return {
    account: lower(account.address),
    peer,
    sign,
    addrs: () => host.dialableAddrs(),
    bind(network, nowMs) {
      if (current !== undefined && nowMs < renewAtMs) return current
      const nowSec = Math.floor(nowMs / 1000)
      renewAtMs = nowMs + (BIND_SEC / 2) * 1000
      const [from, until] = [nowSec - BIND_SLACK_SEC, nowSec + BIND_SEC]
      current = signBind(account, { network, account: lower(account.address), peerKey, from, until })
      return current
    }
  }
}

export interface FactVerifier {
  verifyEd25519: typeof verifyEd25519
  verifyBind: VerifyBind
  /** @throws UserError of several names */
  verify(fact: Fact): Promise<void>
}

/** Checks of facts from strangers; a Bind's signature is checked once. */
export function factVerifier(network: string, clock: Clock): FactVerifier {
  const checks = { verifyEd25519, verifyBind: cachedBindVerifier(verifyBind) }
  return { ...checks, verify: fact => verifyFact(fact, { ...checks, network, nowMs: clock.nowMs() }) }
}
