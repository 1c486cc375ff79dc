import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { Ed25519PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { InvalidInputError } from '../common/errors.ts'
import { fromHex, type Hex, toHex } from '../common/values.ts'

/** The libp2p peer id of a raw Ed25519 public key (32 bytes). @throws InvalidInputError */
export function peerIdOfKey(peerKey: Hex): Ed25519PeerId {
  const raw = fromHex(peerKey)
  if (raw.byteLength === 32) {
    const publicKey = publicKeyFromRaw(raw)
    if (publicKey.type === 'Ed25519') return peerIdFromPublicKey(publicKey)
  }
  throw new InvalidInputError('peerKey: expected a raw Ed25519 public key', {
    field: 'peerKey',
    value: peerKey,
    limit: '32 bytes'
  })
}

/** `12D3Koo…` of a raw Ed25519 public key. @throws InvalidInputError */
export function peerIdText(peerKey: Hex): string {
  return peerIdOfKey(peerKey).toString()
}

/** The raw Ed25519 public key inside a peer id's text. @throws InvalidInputError for other kinds of peer id */
export function keyOfPeerId(text: string): Hex {
  const remedy = 'give an Ed25519 peer id such as 12D3Koo…'
  try {
    const id = peerIdFromString(text)
    if (id.type === 'Ed25519') return toHex(id.publicKey.raw)
  } catch (cause) {
    throw new InvalidInputError('not a peer id', { field: 'peerId', value: text, remedy, cause })
  }
  throw new InvalidInputError('the peer id holds no Ed25519 key', { field: 'peerId', value: text, remedy })
}
