import { lanService } from '../../../node/network/lan.ts'
import { noisePrologue } from '../../../node/network/libp2p-config.ts'
import { peerSigner } from '../../../node/network/peer-signer.ts'
import { encode } from '../../../protocols/common/cbor.ts'
import { encodeInvite } from '../../../protocols/common/invite.ts'
import { listsDigest } from '../../../protocols/common/membership.ts'
import {
  createNetworkDocument,
  type NetworkDocument,
  type NetworkInit,
  networkSignedBytes,
  networkToJson,
  networkToWire
} from '../../../protocols/common/network-document.ts'
import { toHex } from '../../../protocols/common/values.ts'

const seed = (n: number) => new Uint8Array(32).fill(n)
const HINT = '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
const CHAIN: NonNullable<NetworkDocument['chain']> = {
  chainId: 31337,
  rpcUrls: ['http://127.0.0.1:8545'],
  escrow: '0x00000000000000000000000000000000000000aa',
  court: '0x00000000000000000000000000000000000000cc',
  token: '0x00000000000000000000000000000000000000bb',
  startBlock: 7,
  confirmations: 2
}

/** Documents as they are signed and as they travel; what is wrong with others; what else follows from a network's id. */
export function buildNetworks() {
  const owner = peerSigner(seed(1))
  const [low = owner.key, high = owner.key] = [peerSigner(seed(2)).key, peerSigner(seed(3)).key].sort()
  const base: NetworkInit = {
    name: 'lab',
    secret: seed(9),
    owner: owner.key,
    revision: 1,
    createdAt: 1_700_000_000_000,
    issuedAt: 1_700_000_000_000,
    chain: null,
    bootstrap: [],
    roundMs: 250,
    membership: { policy: 'open', members: [], revoked: [] }
  }
  const open = createNetworkDocument(base, owner.sign)
  const listed = createNetworkDocument(
    {
      ...base,
      revision: 4,
      issuedAt: 1_700_000_060_000,
      chain: CHAIN,
      bootstrap: [HINT],
      membership: { policy: 'listed', members: [low], revoked: [high] }
    },
    owner.sign
  )
  const digest = listsDigest(listed.membership)
  const brief: NetworkDocument = { ...listed, membership: { policy: 'listed', digest } }
  const cases = { open, listed, 'listed, with the digest of its lists': brief }
  const wire = (document: NetworkDocument) => toHex(encode(networkToWire(document)))
  return {
    ownerSeed: toHex(seed(1)),
    documents: Object.entries(cases).map(([name, document]) => ({
      name,
      json: JSON.parse(networkToJson(document)),
      id: document.id,
      listsDigest: listsDigest(document.membership),
      signedBytes: toHex(networkSignedBytes(document)),
      signature: document.signature,
      wire: wire(document),
      invite: encodeInvite(document, [HINT])
    })),
    refused: [
      {
        name: 'a signature of another document',
        error: 'BadSignatureError',
        wire: wire({ ...open, signature: listed.signature })
      },
      { name: 'a raised revision', error: 'BadSignatureError', wire: wire({ ...listed, revision: 5 }) },
      {
        name: 'the digest of other lists',
        error: 'BadSignatureError',
        wire: wire({ ...listed, membership: open.membership })
      },
      { name: 'the id of another network', error: 'InvalidInputError', wire: wire({ ...open, id: `${open.id}a` }) }
    ],
    gate: { noisePrologue: toHex(noisePrologue(open.id, open.secret)), lanService: lanService(open.id) }
  }
}
