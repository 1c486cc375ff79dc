import type { Hex } from '../../../protocols/common/values.ts'
import { DEAL_LIMITS, DEAL_PROTOCOL, decodeReply, encodeRequest } from '../../../protocols/deal/messages.ts'
import type { Bind } from '../../../protocols/offers/schema.ts'
import type { AbortOptions, Messenger, PeerTarget } from '../../components.ts'
import { type SealKey, SealKeyUnavailableError } from '../../sealing/index.ts'

export interface AskKeyComponents {
  messenger: Pick<Messenger, 'request'>
  /** says whose account asks: a judge is known by it */
  bind(): Promise<Bind>
}

/**
 * Brings the key of a deal's private job from those that have it, one after the other: each key that one of them gives, because
 * one may lie.
 *
 * @throws SealKeyUnavailableError when no more are to be had
 */
export type AskKeys = (
  deal: Hex,
  targets: readonly PeerTarget[],
  options?: AbortOptions
) => AsyncGenerator<SealKey, never>

const TIMEOUT_MS = 5_000

export function askKeys({ messenger, bind }: AskKeyComponents): AskKeys {
  return async function* (deal, targets, options = {}) {
    const message = encodeRequest({ type: 'key', deal, bind: await bind() })
    const limits = { maxReplyBytes: DEAL_LIMITS.replyBytes, timeoutMs: TIMEOUT_MS, ...options }
    let last: unknown
    for (const target of targets) {
      options.signal?.throwIfAborted()
      try {
        const reply = decodeReply(await messenger.request(target, DEAL_PROTOCOL, message, limits))
        if (reply.type === 'key') yield reply.key
      } catch (error) {
        last = error
      }
    }
    throw new SealKeyUnavailableError(deal, last)
  }
}
