import { base58btc } from 'multiformats/bases/base58'
import { fromHex, type Hex, toHex } from './values.ts'

/** A libp2p peer id of an Ed25519 key: an identity multihash of the key's protobuf, whose head is always the same. */
const HEAD = Buffer.from('002408011220', 'hex')
const KEY_BYTES = 32
/** 38 bytes in base58 */
const TEXT = /^12D3Koo[1-9A-HJ-NP-Za-km-z]{45}$/

/** `12D3Koo…` of a raw Ed25519 public key. As libp2p writes it, without libp2p: the command line reads network files. */
export function peerText(key: Hex): string {
  return base58btc.encode(new Uint8Array([...HEAD, ...fromHex(key)])).slice(1)
}

/** The raw key inside such a peer id; undefined for any other text. */
export function keyOfText(peer: string): Hex | undefined {
  if (!TEXT.test(peer)) return undefined
  const bytes = base58btc.decode(`z${peer}`)
  const isKey = bytes.byteLength === HEAD.byteLength + KEY_BYTES && HEAD.equals(bytes.subarray(0, HEAD.byteLength))
  return isKey ? toHex(bytes.subarray(HEAD.byteLength)) : undefined
}
