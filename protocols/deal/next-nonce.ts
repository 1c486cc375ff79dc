import type { Hex } from '../common/values.ts'

/** The nonce of the next attempt at a job: it shares a word of the escrow with the one before, and most of its digits. */
export function nextNonce(nonce: Hex): Hex {
  const last = (Number.parseInt(nonce.slice(-2), 16) + 1) & 0xff
  return `${nonce.slice(0, -2)}${last.toString(16).padStart(2, '0')}` as Hex
}
