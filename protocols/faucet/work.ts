/** sha2-256 of text in UTF-8, 32 bytes: browsers and Node have different ones. */
export type Sha256Text = (text: string) => Uint8Array

/** More is minutes of a fast machine, and an hour of a telephone. */
export const MAX_WORK_BITS = 24
/** Longest answer: a counter that no machine reaches. */
const ANSWER = /^(0|[1-9]\d{0,14})$/

/** Whether an answer to a challenge has so many leading zero bits: sha256(`challenge:answer`). Text of any form may be given. */
export function workHolds(challenge: string, answer: string, bits: number, sha256: Sha256Text): boolean {
  return ANSWER.test(answer) && leadingZeros(sha256(`${challenge}:${answer}`)) >= bits
}

/**
 * Looks for an answer among `count` counters from `from` on; 2^bits of them are needed on average.
 *
 * @returns undefined when there is none among them
 */
export function findAnswer(
  challenge: string,
  bits: number,
  sha256: Sha256Text,
  { from, count }: { from: number; count: number }
): string | undefined {
  for (let i = from; i < from + count; i++) {
    if (leadingZeros(sha256(`${challenge}:${i}`)) >= bits) return String(i)
  }
  return undefined
}

function leadingZeros(digest: Uint8Array): number {
  let zeros = 0
  for (const byte of digest) {
    if (byte !== 0) return zeros + Math.clz32(byte) - 24
    zeros += 8
  }
  return zeros
}
