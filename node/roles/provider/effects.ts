import { messageOf, UserError } from '../../../protocols/common/errors.ts'
import { toHex } from '../../../protocols/common/values.ts'
import {
  DEAL_LIMITS,
  DEAL_PROTOCOL,
  decodeReply,
  encodeRequest,
  type Reply,
  type Request
} from '../../../protocols/deal/messages.ts'
import type { ProviderEffect, ProviderEvent, ProviderState } from '../../../protocols/deal/provider-machine.ts'
import { decodeManifest } from '../../../protocols/job/manifest.ts'
import type { AbortOptions, Clock, Messenger } from '../../components.ts'
import { within } from '../../network/deadline.ts'
import { type DealStatus, NO_TRANSACTION, type Settlement } from '../../settlement/settlement.ts'
import type { Storage } from '../../storage/storage.ts'
import type { DisputeDriver } from '../disputes.ts'
import type { EffectTable, Outcome } from '../effects.ts'
import type { EnsureFree } from '../shared.ts'
import type { Workshop } from './workshop.ts'

export interface ProviderEffectComponents {
  workshop: Workshop
  settlement: Settlement
  storage: Storage
  messenger: Messenger
  clock: Clock
  ensureFree: EnsureFree
  disputes: DisputeDriver
}

type ProviderOutcome = Outcome<ProviderEvent>

/** A creator answers a message about a deal at once; the transfer of a result is its own affair. */
const MESSAGE_TIMEOUT_MS = 5_000
/** Inputs come from a creator that wants the job done: this long for all of them, then the next try. */
const PREPARE_TIMEOUT_MS = 10 * 60_000

/** Errors of `prepare` that no repetition cures: the deal is let go at once. */
const HOPELESS = new Set([
  'EngineMissingError',
  'InvalidInputError',
  'TooLargeError',
  'UnsafeNameError',
  'UnsupportedContentError',
  'QuotaExceededError',
  'ImageMissingError',
  'ImageUnavailableError',
  'UnsupportedJobError',
  'SealBrokenError',
  'UnsupportedError'
])
/** A nonce that is spent may mean that this deal ran its course while the node was down: so often its end is waited for. */
const TRIES_WHEN_OVER = 3
/** Errors of `open` that only the other side or another deal can cure. */
const NOT_OPENABLE = new Set(['InsufficientBalanceError', 'DealStateError', 'TransactionRevertedError'])

/** What each effect of the provider's machine does in the world. Every one may be carried out again after a crash. */
export const PROVIDER_EFFECTS: EffectTable<ProviderEffectComponents, ProviderState, ProviderEvent, ProviderEffect> = {
  async prepare(c, state, _effect, { signal }) {
    try {
      await c.workshop.prepare(state, { signal: within(PREPARE_TIMEOUT_MS, signal) })
      return { type: 'prepared' }
    } catch (error) {
      if (isNamed(error, HOPELESS)) return { type: 'prepareFailed', reason: short(error) }
      throw error
    }
  },

  async open(c, { deal, creatorSignature, providerSignature, outbox }, _effect, options) {
    const signed = { deal, creatorSignature, providerSignature }
    const tries = outbox.find(p => p.effect.type === 'open')?.tries ?? 1
    try {
      const known = await c.settlement.status(deal, options)
      if (known.phase === 'open') return opened(c, known, NO_TRANSACTION)
      await c.ensureFree(deal.collateral, options)
      await c.settlement.checkOpen(signed, options)
      const receipt = await c.settlement.open(signed, options)
      return opened(c, c.settlement.status(deal, options), receipt.transaction)
    } catch (error) {
      const isOver = (await c.settlement.now(options)) > deal.openBefore
      if (!isOver && !isNamed(error, NOT_OPENABLE)) throw error
      // an answer that was lost, or a transaction from before a crash: the deal may be open all the same
      const status = await c.settlement.status(deal, options)
      if (status.phase === 'open') return opened(c, status, NO_TRANSACTION)
      // or over already: then its end arrives from the chain, which is slower to tell than to ask
      if (status.phase === 'closed' && tries <= TRIES_WHEN_OVER) throw error
      return { type: 'openFailed', reason: short(error) }
    }
  },

  async run(c, state, _effect, options) {
    try {
      return { type: 'ran', run: await c.workshop.run(state, options) }
    } catch (error) {
      if (options.signal?.aborted === true) return undefined
      return { type: 'runLost', reason: `the job could not be run: ${short(error)}` }
    }
  },

  async cancelRun(c, { dealId }) {
    c.workshop.cancel(dealId)
    return undefined
  },

  async publish(c, state, _effect, options) {
    return { type: 'published', ...(await c.workshop.publish(state, options)) }
  },

  async deliver(c, state, _effect, options) {
    if (state.delivery === undefined) return undefined
    const reply = await send(c, state, { type: 'deliver', deal: state.dealId, delivery: state.delivery }, options)
    if (reply.type !== 'ok') throw new UserError('DeliveryNotTakenError', 'the creator does not know the deal yet')
    return { type: 'delivered' }
  },

  async tellFailed(c, state, { reason }, options) {
    await send(c, state, { type: 'failed', deal: state.dealId, reason: reason.slice(0, 300) }, options)
    return { type: 'told' }
  },

  async submit(c, { deal, delivery }, _effect, options) {
    if (delivery === undefined) return undefined
    await c.settlement.submit(deal, delivery.result, options)
    const status = await c.settlement.status(deal, options)
    return status.phase === 'submitted' ? { type: 'submitted', reviewBySec: status.deadlineSec } : undefined
  },

  async settle(c, { deal, delivery }, { signature }, options) {
    if (delivery === undefined) return undefined
    const { charge } = delivery.result
    const receipt = await c.settlement.settle(deal, delivery.result, signature, options)
    const end = { kind: 'settled', toProvider: charge + deal.collateral, toCreator: deal.price - charge } as const
    return { type: 'ended', end: { ...end, transaction: receipt.transaction } }
  },

  async claim(c, { deal, delivery }, _effect, options) {
    if (delivery === undefined) return undefined
    const { charge } = delivery.result
    const receipt = await c.settlement.claim(deal, delivery.result, options)
    const end = { kind: 'claimed', toProvider: charge + deal.collateral, toCreator: deal.price - charge } as const
    return { type: 'ended', end: { ...end, transaction: receipt.transaction } }
  },

  async defend(c, { deal, delivery }) {
    if (delivery === undefined) return undefined
    const { digest } = decodeManifest(delivery.manifest)
    const commitment = { digest: toHex(digest), salt: delivery.salt }
    c.disputes.watch({ deal, result: delivery.result, interest: 'provider', commitment })
    return { type: 'defended' }
  },

  async forfeit(c, { deal }, _effect, options) {
    const receipt = await c.settlement.forfeit(deal, options)
    const penalty = deal.collateral / 4n
    const end = { kind: 'forfeited', toProvider: deal.collateral - penalty, toCreator: deal.price + penalty } as const
    return { type: 'ended', end: { ...end, transaction: receipt.transaction } }
  },

  async checkEnd(c, { deal }, _effect, options) {
    const { phase, deadlineSec } = await c.settlement.status(deal, options)
    const isLate = phase === 'open' && (await c.settlement.now(options)) > deadlineSec
    if (c.settlement.kind === 'none' && isLate) {
      // nobody else writes in our own books: what the creator may do now is done
      const { transaction } = await c.settlement.timeoutSubmit(deal, options)
      return {
        type: 'ended',
        end: { kind: 'timed-out', toProvider: 0n, toCreator: deal.price + deal.collateral, transaction }
      }
    }
    // how it ended is the chain's to tell: a closed deal may have been paid as well as taken back
    throw new UserError('DealOpenError', `the deal is ${phase}, its end has not been seen`)
  },

  async cleanUp(c, { dealId }) {
    await c.workshop.cleanUp(dealId)
    await c.storage.unpinAll(dealId)
    return { type: 'cleaned' }
  }
}

async function opened(
  c: Pick<ProviderEffectComponents, 'settlement'>,
  status: DealStatus | Promise<DealStatus>,
  transaction: `0x${string}`
): ProviderOutcome {
  const [{ deadlineSec }, nowSec] = await Promise.all([status, c.settlement.now()])
  return { type: 'opened', transaction, submitBySec: deadlineSec, nowSec }
}

async function send(
  c: ProviderEffectComponents,
  state: ProviderState,
  message: Request,
  options: AbortOptions
): Promise<Reply> {
  const limits = { maxReplyBytes: DEAL_LIMITS.replyBytes, timeoutMs: MESSAGE_TIMEOUT_MS, ...options }
  return decodeReply(await c.messenger.request(state.creator, DEAL_PROTOCOL, encodeRequest(message), limits))
}

function isNamed(error: unknown, names: ReadonlySet<string>): boolean {
  return error instanceof Error && names.has(error.name)
}

const short = (error: unknown): string => messageOf(error).slice(0, 280)
