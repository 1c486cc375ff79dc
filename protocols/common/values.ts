import { CID } from 'multiformats/cid'
import { fromString } from 'uint8arrays/from-string'
import { toString as bytesToString } from 'uint8arrays/to-string'
import { z } from 'zod'
import { MAX_AMOUNT } from './max-amount.ts'

export { MAX_AMOUNT }

/** An EVM address in lower case: `0x` and 40 hex digits. On the wire: 20 bytes. */
export type Address = `0x${string}`
/** Any bytes as lower-case hex with `0x`; for digests 32 bytes. */
export type Hex = `0x${string}`

export function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

/** @throws TypeError for what is no whole number of hex bytes */
export function fromHex(hex: Hex): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(hex.slice(2), 'hex'))
  if (2 * bytes.byteLength + 2 !== hex.length) throw new TypeError('expected 0x and pairs of hex digits')
  return bytes
}

/** Shortest big-endian bytes; zero is the empty string. */
export function bigintToBytes(n: bigint): Uint8Array {
  if (n === 0n) return new Uint8Array(0)
  const hex = n.toString(16)
  return fromString(hex.length % 2 === 0 ? hex : `0${hex}`, 'base16')
}

export function bytesToBigint(bytes: Uint8Array): bigint {
  return bytes.byteLength === 0 ? 0n : BigInt(`0x${bytesToString(bytes, 'base16')}`)
}

/** Unsigned order of byte strings, shorter first on a common prefix: the last tie-break everywhere. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b)
}

/** Any byte string. */
export const bytes = z.custom<Uint8Array>(v => v instanceof Uint8Array, { error: 'expected bytes' })
const isPlain = (b: Uint8Array): boolean => b.byteLength === 0 || b[0] !== 0

/** An amount below 2^96: CBOR byte string on the wire, bigint in code. */
export const amount = z.codec(
  bytes.refine(b => b.byteLength <= 12 && isPlain(b), 'expected at most 12 bytes without leading zeros'),
  z.bigint().min(0n).max(MAX_AMOUNT),
  { decode: bytesToBigint, encode: bigintToBytes }
)

/** Any unsigned 256-bit number: CBOR byte string on the wire, bigint in code. */
export const uint256 = z.codec(
  bytes.refine(b => b.byteLength <= 32 && isPlain(b), 'expected at most 32 bytes without leading zeros'),
  z.bigint().min(0n),
  { decode: bytesToBigint, encode: bigintToBytes }
)

const fixedHex = (size: number) =>
  z.codec(
    bytes.refine(b => b.byteLength === size, `expected ${size} bytes`),
    z.custom<Hex>(v => typeof v === 'string' && v.length === 2 + 2 * size && /^0x[0-9a-f]+$/.test(v), {
      error: `expected 0x and ${2 * size} lower-case hex digits`
    }),
    { decode: toHex, encode: fromHex }
  )

/** An EVM account: 20 bytes on the wire, lower-case hex in code. */
export const address = fixedHex(20)
/** A 32-byte digest or key: bytes on the wire, lower-case hex in code. */
export const bytes32 = fixedHex(32)
/** An ECDSA signature (r, s, v): 65 bytes on the wire, hex in code. */
export const signature65 = fixedHex(65)
/** An Ed25519 signature: 64 bytes on the wire, hex in code. */
export const signature64 = fixedHex(64)
/** Raw bytes with a limit. */
export const bytesUpTo = (max: number) => bytes.refine(b => b.byteLength <= max, `expected at most ${max} bytes`)

/** A CID object (what dag-cbor's tag 42 decodes to). */
export const cid = z.custom<CID>(v => CID.asCID(v) != null, { error: 'expected a CID' })

/** A whole number ≥ 0 that JavaScript holds exactly. */
export const uint = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Text with a length limit (UTF-16 units) and no control characters. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/, 'control characters are not allowed')

/** A canonical text form of a CID, as files, flags and the API carry it. */
export const cidText = z.codec(z.string().max(128), cid, {
  decode: (s, ctx) => {
    try {
      return CID.parse(s)
    } catch {
      ctx.issues.push({ code: 'custom', input: s, message: 'expected a CID such as bafy…' })
      return z.NEVER
    }
  },
  encode: c => c.toString()
})
