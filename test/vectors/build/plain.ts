import { CID } from 'multiformats/cid'
import { toHex } from '../../../protocols/common/values.ts'

/** The JSON form of vectors: bytes as 0x hex, amounts as decimal strings, CIDs as base32 text. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  const cid = CID.asCID(value)
  if (cid !== null) return cid.toString()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}
