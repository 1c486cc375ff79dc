import { setTimeout as timer } from 'node:timers/promises'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { DEAL_LIMITS, DEAL_PROTOCOL, decodeReply, encodeRequest, type Reply } from '../../../protocols/deal/messages.ts'
import type { DealProgress } from '../../../protocols/deal/progress.ts'
import type { AbortOptions, Messenger } from '../../components.ts'
import { EVERY_MS, type Transfer } from './transfer-meter.ts'

const REPLY_MS = 5_000

export interface PreparationComponents {
  messenger: Pick<Messenger, 'request'>
  onTransfer(transfer: Transfer): void
  inputsSent(state: CreatorState): number
}

export interface WatchOptions extends AbortOptions {
  /** between two questions @default a second */
  pause?: (options: AbortOptions) => Promise<unknown>
}

const aSecond = ({ signal }: AbortOptions): Promise<unknown> =>
  timer(EVERY_MS, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) })

/**
 * Asks the provider of a deal once a second how far it is, from the agreement until it has gone on, and passes it on. What it says
 * is shown and nothing else: it decides nothing, and its silence is noticed by who pulls the log. At most
 * `DEAL_LIMITS.unopenedPerCreator` deals of ours are that far at one provider, far below the rate that it answers.
 */
export async function watchPreparation(
  c: PreparationComponents,
  state: CreatorState,
  { signal, pause = aSecond }: WatchOptions
): Promise<void> {
  const options = signal === undefined ? {} : { signal }
  const { attempt } = state
  // one that is open is prepared; after a start of this node there may be many of those
  if (attempt === undefined || attempt.submitBySec !== undefined) return
  const message = encodeRequest({ type: 'status', deal: attempt.dealId })
  const limits = { maxReplyBytes: DEAL_LIMITS.replyBytes, timeoutMs: REPLY_MS, ...options }
  let told = ''
  for (;;) {
    await pause(options).catch(() => undefined)
    if (signal?.aborted === true) return
    const bytes = await c.messenger.request(attempt.candidate, DEAL_PROTOCOL, message, limits).catch(() => undefined)
    // away for a moment
    if (bytes === undefined) continue
    const reply = read(bytes)
    if (reply?.type !== 'status' || (reply.step !== 'preparing' && reply.step !== 'opening')) return
    const transfer = reply.progress && transferOf(state, reply.progress, c.inputsSent(state))
    const said = JSON.stringify(transfer ?? {})
    if (transfer !== undefined && said !== told) c.onTransfer(transfer)
    told = said
  }
}

/** undefined for what is no reply: whoever sends that is not asked again */
function read(bytes: Uint8Array): Reply | undefined {
  try {
    return decodeReply(bytes)
  } catch {
    return undefined
  }
}

/** What is worth telling of a provider's word. Of inputs we know better: how many there are, and what we sent ourselves. */
function transferOf(
  { jobId, inputBytes }: CreatorState,
  { what, doneBytes, totalBytes }: DealProgress,
  sent: number
): Transfer | undefined {
  if (what === 'inputs') {
    if (doneBytes <= sent || doneBytes > inputBytes) return undefined
    return { job: jobId, what, bytes: doneBytes, totalBytes: inputBytes }
  }
  return { job: jobId, what, bytes: doneBytes, ...(totalBytes === undefined ? {} : { totalBytes }) }
}
