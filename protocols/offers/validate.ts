import { messageOf, UserError } from '../common/errors.ts'
import type { Address, Hex } from '../common/values.ts'
import { decodeFact, factDigest } from './fact.ts'
import { checkRounds } from './round.ts'
import type { Fact } from './schema.ts'
import { type VerifyContext, verifyFact } from './verify-fact.ts'

export interface ValidatorContext extends VerifyContext {
  roundMs: number
  /** not in the book, and not known to have left it early; true when not given */
  isNews?(digest: Uint8Array): boolean
  /** within its rate? counts the fact (`RateLimiter.allow`) */
  withinRate?(account: Address): boolean
  /** member of a private network, by the key that signs its facts; true when not given */
  admits?(peerKey: Hex): boolean
}

export type Verdict =
  | { verdict: 'accept'; fact: Fact }
  /** `ignore`: not passed on, nobody punished; `reject`: whoever sent it is scored down */
  | { verdict: 'ignore' | 'reject'; reason: VerdictReason; detail: string }

/**
 * Every way a fact fails, and what follows. A reject must be provable from the bytes alone, or honest peers that passed
 * the fact on in good faith would be punished: whatever depends on a clock, on a local list or on local load is ignored.
 */
export const VERDICTS = {
  TooLargeError: 'reject',
  NonCanonicalError: 'reject',
  InvalidInputError: 'reject',
  WrongNetworkError: 'reject',
  BindMismatchError: 'reject',
  BadSignatureError: 'reject',
  FactTimeError: 'ignore',
  /** or anybody could have the network say again, once a minute, all that is live */
  NotNews: 'ignore',
  NotAdmitted: 'ignore',
  RateLimited: 'ignore',
  /** the check itself failed: says nothing about the fact */
  CheckFailed: 'ignore'
} as const
export type VerdictReason = keyof typeof VERDICTS

/**
 * What to do with bytes from the offers topic. Never throws. The rate is counted after the signatures, or a stranger
 * could use up another account's allowance by writing its name.
 */
export async function validateFact(bytes: Uint8Array, context: ValidatorContext): Promise<Verdict> {
  try {
    const fact = decodeFact(bytes)
    // before the signatures: what is said again costs nobody a check
    if (context.isNews?.(factDigest(fact)) === false) return fail('NotNews', 'the fact is known')
    return await judgeFact(fact, context)
  } catch (error) {
    return failed(error)
  }
}

/** The same for a fact that is decoded already. */
export async function judgeFact(fact: Fact, context: ValidatorContext): Promise<Verdict> {
  try {
    await verifyFact(fact, context)
    checkRounds(fact.body, context.nowMs, context.roundMs)
  } catch (error) {
    return failed(error)
  }
  const { account } = fact.body
  const { peerKey } = fact.bind
  if (context.admits?.(peerKey) === false) return fail('NotAdmitted', `${peerKey} is not admitted to this network`)
  if (context.withinRate?.(account) === false) return fail('RateLimited', `${account} publishes too often`)
  return { verdict: 'accept', fact }
}

function failed(error: unknown): Verdict {
  const known = error instanceof UserError && Object.hasOwn(VERDICTS, error.name)
  return fail(known ? (error.name as VerdictReason) : 'CheckFailed', messageOf(error))
}

export function fail(reason: VerdictReason, detail: string): Extract<Verdict, { reason: unknown }> {
  return { verdict: VERDICTS[reason], reason, detail }
}
