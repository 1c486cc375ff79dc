import { BadSignatureError } from '../common/errors.ts'
import { fromHex } from '../common/values.ts'
import { BindMismatchError, FactTimeError, WrongNetworkError } from './errors.ts'
import type { Bind, Fact } from './schema.ts'

/** A clock is compared with another host's: the same grace as for rounds. */
const CLOCK_GRACE_SEC = 10

/** Whether the account signed the Bind (EIP-712): needs the chain's signature scheme, so it is given from outside. */
export type VerifyBind = (bind: Bind) => boolean | Promise<boolean>

export interface VerifyContext {
  network: string
  /** unix ms */
  nowMs: number
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
  verifyBind: VerifyBind
}

/**
 * Checks who stands behind a fact: its network, the key's signature over the body, the account's signature over the
 * Bind, and the Bind's time. Cheap checks first, time last: what is wrong for good must not be reported as a matter of clocks.
 *
 * @throws WrongNetworkError, BindMismatchError, BadSignatureError, FactTimeError
 */
export async function verifyFact(fact: Fact, context: VerifyContext): Promise<void> {
  const { body, bind } = fact
  for (const network of [body.network, bind.network]) {
    if (network !== context.network) throw new WrongNetworkError(network, context.network)
  }
  if (bind.account !== body.account) {
    throw new BindMismatchError('the Bind is of another account', { field: 'bind.account', value: bind.account })
  }
  if (!(await context.verifyEd25519(fromHex(bind.peerKey), fact.bodyBytes, fact.signature))) {
    throw new BadSignatureError(`${body.type} fact`, { field: 'signature', value: bind.peerKey })
  }
  if (!(await context.verifyBind(bind)))
    throw new BadSignatureError('Bind', { field: 'bind.signature', value: bind.account })
  checkBindTime(bind, context.nowMs)
}

/** @throws FactTimeError */
export function checkBindTime(bind: Bind, nowMs: number): void {
  const nowSec = Math.floor(nowMs / 1000)
  if (bind.from <= nowSec + CLOCK_GRACE_SEC && nowSec <= bind.until + CLOCK_GRACE_SEC) return
  throw new FactTimeError('the Bind does not cover the present', {
    field: 'bind',
    value: `${bind.from} to ${bind.until}`,
    limit: `covers ${nowSec}`,
    remedy: 'sign a new Bind, or check the clock of both hosts'
  })
}
