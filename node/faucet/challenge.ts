import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { Address } from '../../protocols/common/values.ts'
import { type Sha256Text, workHolds } from '../../protocols/faucet/work.ts'
import { FaucetWorkError } from './errors.ts'

/** What is to be worked on: bound to an account, a time and this node's secret, so that nothing is kept until it is solved. */
export interface Challenge {
  challenge: string
  bits: number
  /** unix ms */
  until: number
}

/** Long enough for a slow telephone, too short to solve thousands beforehand and use them at once. */
export const CHALLENGE_MS = 10 * 60_000
const FORM = /^(\d{1,15})\.(\d{1,2})\.([\w-]{43})$/

export const sha256Text: Sha256Text = text => new Uint8Array(Buffer.from(hash('sha256', text, 'hex'), 'hex'))

export function makeChallenge(secret: Uint8Array, account: Address, bits: number, nowMs: number): Challenge {
  const until = nowMs + CHALLENGE_MS
  return { challenge: `${until}.${bits}.${mac(secret, account, until, bits)}`, bits, until }
}

/**
 * Checks an answer without looking anything up.
 *
 * @returns what to remember until then, so that it is used once
 * @throws FaucetWorkError
 */
export function checkWork(
  secret: Uint8Array,
  { account, challenge, answer }: { account: Address; challenge: string; answer: string },
  bits: number,
  nowMs: number
): { mark: string; until: number } {
  const [, untilText = '', bitsText = '', given = ''] = FORM.exec(challenge) ?? []
  const [until, claimed] = [Number(untilText), Number(bitsText)]
  const expected = mac(secret, account, until, claimed)
  if (given.length !== expected.length || !timingSafeEqual(Buffer.from(given), Buffer.from(expected))) {
    throw new FaucetWorkError('this challenge was not made for this account', 'challenge')
  }
  // a harder setting since then counts at once
  if (nowMs > until || claimed < bits) throw new FaucetWorkError('this challenge is no longer taken', 'challenge')
  if (!workHolds(challenge, answer, bits, sha256Text)) {
    throw new FaucetWorkError('this is no answer to the challenge', 'answer')
  }
  return { mark: given, until }
}

function mac(secret: Uint8Array, account: Address, until: number, bits: number): string {
  return createHmac('sha256', secret).update(`dcn/faucet/1 ${account} ${until} ${bits}`).digest('base64url')
}
