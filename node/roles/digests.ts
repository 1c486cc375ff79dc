import type { CID } from 'multiformats/cid'
import { type Hex, toHex } from '../../protocols/common/values.ts'

/** The sha2-256 digest inside a CID, as contracts and deals carry it. */
export function digestOf(cid: CID): Hex {
  return toHex(cid.multihash.digest)
}
