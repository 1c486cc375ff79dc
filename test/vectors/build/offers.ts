import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { type Hex, toHex } from '../../../protocols/common/values.ts'
import { encodeFact, gossipId, makeFact } from '../../../protocols/offers/fact.ts'
import { MerkleTree } from '../../../protocols/offers/merkle.ts'
import { peerIdText } from '../../../protocols/offers/peer-key.ts'
import type { FactBody } from '../../../protocols/offers/schema.ts'
import {
  accountOf,
  blockCid,
  digestOf,
  jobOffer,
  NETWORK,
  resourceOffer,
  withdrawal
} from '../../support/market/make.ts'
import { buildFingerprints, buildSyncSession } from './sync.ts'

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SEED = digestOf('seed')
const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, SEED]), format: 'der', type: 'pkcs8' })
const peerKey: Hex = toHex(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32))

const bind = {
  network: NETWORK,
  account: accountOf(1),
  peerKey,
  from: 1_799_996_400,
  until: 1_800_082_800,
  signature: `0x${'11'.repeat(65)}` as Hex
}
const account = bind.account
const gpus = [{ vendor: 'nvidia', model: 'NVIDIA H200', memoryBytes: 150_754_820_096 }]

const BODIES: FactBody[] = [
  resourceOffer({ account }),
  resourceOffer({ account, seq: 2, labels: { zone: 'a' }, capacity: { ...resourceOffer().capacity, gpus }, addrs: [] }),
  jobOffer({ account }),
  jobOffer({
    account,
    tip: 2n ** 96n - 1n,
    bid: 2n ** 96n - 1n,
    constraints: { labels: {}, allow: [accountOf(2)], deny: [], target: accountOf(2) }
  }),
  withdrawal(blockCid('fact'), { account })
]

const signed = (bytes: Uint8Array): Uint8Array => new Uint8Array(sign(null, bytes, privateKey))

export async function buildFacts() {
  const facts = []
  for (const body of BODIES) {
    const fact = await makeFact(body, bind, signed)
    const wire = encodeFact(fact)
    const { id, bodyBytes, signature } = fact
    facts.push({ body, bodyBytes, id, signature, wire, gossipId: gossipId(wire) })
  }
  return { ed25519Seed: SEED, peerKey, peerId: peerIdText(peerKey), bind, facts }
}

export function buildMerkle() {
  return [0, 1, 2, 3, 4, 5, 8, 9].map(count => {
    const ids = Array.from({ length: count }, (_, i) => digestOf(`leaf ${i}`))
    const tree = new MerkleTree(ids)
    return { ids, root: tree.root, proofs: ids.map(id => tree.proof(id)) }
  })
}

export async function buildSync() {
  return { fingerprints: buildFingerprints(), session: await buildSyncSession(bind, signed) }
}
