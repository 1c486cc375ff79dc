import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { type Hex, toHex } from '../../protocols/common/values.ts'

/** PKCS#8 of an Ed25519 key (RFC 8410) up to the 32 seed bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const KEY_BYTES = 32

export interface PeerSigner {
  /** raw Ed25519 public key */
  key: Hex
  sign(bytes: Uint8Array): Uint8Array
}

/** The peer key of a node, from its 32-byte seed, for signatures outside libp2p. */
export function peerSigner(seed: Uint8Array): PeerSigner {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES)
  return { key: toHex(raw), sign: bytes => new Uint8Array(sign(null, bytes, key)) }
}
