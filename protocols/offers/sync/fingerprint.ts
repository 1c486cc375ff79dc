import { hash } from 'node:crypto'
import { sha256 } from '../../common/hash.ts'
import { ID_BYTES } from './limits.ts'

const MODULUS = 2n ** 256n

/**
 * `sums[i]` = Σ sha256(nonce ‖ id) over the first i ids, mod 2^256: the sum of any range is one subtraction. The nonce is
 * both sides' and new in each session: sums without one fall to Wagner's generalised birthday attack, and whoever could
 * write facts whose sum vanishes would hide others behind them.
 */
export function prefixSums(nonce: Uint8Array, ids: readonly Uint8Array[]): bigint[] {
  const sums = [0n]
  const input = new Uint8Array(nonce.byteLength + ID_BYTES)
  input.set(nonce)
  let sum = 0n
  for (const id of ids) {
    input.set(id, nonce.byteLength)
    sum = (sum + BigInt(`0x${hash('sha256', input, 'hex')}`)) % MODULUS
    sums.push(sum)
  }
  return sums
}

/** First 16 bytes of sha256(nonce ‖ sum (32 bytes) ‖ count (8 bytes)), big-endian; `sum` may be a difference of sums. */
export function fingerprintOf(nonce: Uint8Array, sum: bigint, count: number): Uint8Array {
  const positive = ((sum % MODULUS) + MODULUS) % MODULUS
  const tail = Buffer.from(positive.toString(16).padStart(64, '0') + count.toString(16).padStart(16, '0'), 'hex')
  return sha256(nonce, tail).slice(0, 16)
}

/** The fingerprint of a set of 32-byte ids; their order does not matter. */
export function fingerprint(nonce: Uint8Array, ids: readonly Uint8Array[]): Uint8Array {
  return fingerprintOf(nonce, prefixSums(nonce, ids).at(-1) ?? 0n, ids.length)
}
