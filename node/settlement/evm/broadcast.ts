import { BaseError, NonceTooLowError } from 'viem'
import { messageOf } from '../../../protocols/common/errors.ts'
import type { Hex } from '../../../protocols/common/values.ts'
import type { ChainClient } from './client.ts'
import { isUnreachable } from './errors.ts'

/**
 * What became of a raw transaction that was handed to the node:
 * taken (now or earlier), unknown (no answer), nonce-taken (another transaction has its nonce), refused.
 */
export type Broadcast = { outcome: 'taken' | 'unknown' | 'nonce-taken' } | { outcome: 'refused'; error: unknown }

/** Nodes word this differently; all mean that it lies in their pool. */
const KNOWN = /already known|already imported|already in (the )?mempool|known transaction/i
const OCCUPIED = /replacement transaction underpriced|nonce (is )?too low|already been used/i

export async function broadcast(client: ChainClient, raw: Hex): Promise<Broadcast> {
  try {
    await client.sendRawTransaction({ serializedTransaction: raw })
    return { outcome: 'taken' }
  } catch (error) {
    if (KNOWN.test(textOf(error))) return { outcome: 'taken' }
    if (isNonceClash(error)) return { outcome: 'nonce-taken' }
    if (isUnreachable(error)) return { outcome: 'unknown' }
    return { outcome: 'refused', error }
  }
}

/** Whether another transaction has the nonce. */
function isNonceClash(error: unknown): boolean {
  if (OCCUPIED.test(textOf(error))) return true
  return error instanceof BaseError && error.walk(e => e instanceof NonceTooLowError) !== null
}

function textOf(error: unknown): string {
  return error instanceof BaseError ? `${error.message} ${error.details}` : messageOf(error)
}
