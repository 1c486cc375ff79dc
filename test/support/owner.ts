import { peerSigner } from '../../node/network/peer-signer.ts'
import {
  createNetworkDocument,
  type NetworkDocument,
  type NetworkInit
} from '../../protocols/common/network-document.ts'

/** Whose networks the tests are in, unless they say otherwise. */
export const OWNER_SEED = new Uint8Array(32).fill(42)
export const OWNER = peerSigner(OWNER_SEED)

/** A signed network document of these tests; each field can be another. */
export function networkDocument(init: Partial<NetworkInit> = {}, owner = OWNER): NetworkDocument {
  return createNetworkDocument(
    {
      name: 'lab',
      secret: new Uint8Array(32).fill(9),
      owner: owner.key,
      revision: 1,
      createdAt: 1_700_000_000_000,
      issuedAt: 1_700_000_000_000,
      chain: null,
      bootstrap: [],
      roundMs: 250,
      membership: { policy: 'open', members: [], revoked: [] },
      ...init
    },
    owner.sign
  )
}
