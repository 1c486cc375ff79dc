import { messageOf, UserError } from '../../../protocols/common/errors.ts'
import type { Address } from '../../../protocols/common/values.ts'
import type { Attempt, CreatorEffect, CreatorEvent, CreatorState } from '../../../protocols/deal/creator-types.ts'
import {
  DEAL_LIMITS,
  DEAL_PROTOCOL,
  decodeReply,
  encodeRequest,
  type Reply,
  type Request
} from '../../../protocols/deal/messages.ts'
import { asksHold } from '../../../protocols/deal/patience.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import { decodeFact } from '../../../protocols/offers/fact.ts'
import type { AbortOptions, Clock, Identity, Messenger } from '../../components.ts'
import { within } from '../../network/deadline.ts'
import { NO_TRANSACTION, type Settlement } from '../../settlement/settlement.ts'
import type { Storage } from '../../storage/storage.ts'
import type { TermsTime } from '../chain-time.ts'
import type { CourtTerms } from '../court-terms.ts'
import type { DisputeDriver } from '../disputes.ts'
import type { EffectTable, Outcome } from '../effects.ts'
import { resultDirectory } from '../result-directory.ts'
import type { RunAgain } from '../second-run.ts'
import type { EnsureFree } from '../shared.ts'
import { faultOf, manifestOf } from './check-delivery.ts'
import { writeReceipt, writeResult } from './job-folder.ts'
import type { JobLogs } from './job-logs.ts'
import type { MatchPapers } from './papers.ts'
import { watchPreparation } from './preparation.ts'
import type { Ranker } from './ranker.ts'
import { signTerms } from './sign-terms.ts'
import { spotCheck } from './spot-check.ts'
import { type Transfer, transferMeter } from './transfer-meter.ts'

export interface CreatorEffectComponents {
  settlement: Settlement
  storage: Storage
  messenger: Messenger
  identity: Identity
  clock: Clock
  ranker: Ranker
  logs: JobLogs
  papers: MatchPapers
  jobsDir: string
  ensureFree: EnsureFree
  termsTime: TermsTime
  courtTerms: CourtTerms
  disputes: DisputeDriver
  runAgain: RunAgain
  /** told now and then while inputs go out, while the provider prepares and while a result comes in */
  onTransfer: (transfer: Transfer) => void
  /** bytes of a job's inputs that this node has counted on their way to the provider */
  inputsSent(state: CreatorState): number
  /** a result larger than this is not fetched */
  maxResultBytes: number
  /** of jobs that are alone: has one run again elsewhere */
  secondProvider?: SecondProvider
  /** what the other replicas of the same job hold; a job that runs once has none */
  siblings(state: CreatorState): Siblings
}

/** Runs a job once more at somebody else's, when its first result is committed to. */
export interface SecondProvider {
  /** the machine that holds the second result; undefined where nobody else could or would run it */
  run(job: CreatorState, options: AbortOptions): Promise<CreatorState | undefined>
  /** whether the second result is paid; may be repeated */
  rule(jobId: string, word: 'accept' | 'reject'): Promise<void>
}

export interface Siblings {
  /** accounts that have a deal of them, had one, or may still open one */
  taken: ReadonlySet<Address>
  /** prices that they promised and that are not locked yet */
  promised: bigint
}

type CreatorOutcome = Outcome<CreatorEvent>

/** No answer to a proposal in this time means the next candidate; dialling is included. */
const PROPOSAL_TIMEOUT_MS = 2_000
/** A provider answers when its round is over at the latest; clocks and networks get another one. */
const PROPOSAL_TIMEOUT_ROUNDS = 2
const MESSAGE_TIMEOUT_MS = 5_000
/** A result that does not arrive in this time is tried again, from where it stopped. */
const FETCH_TIMEOUT_MS = 10 * 60_000
/** What only the one who made a result can be the cause of: trying again would bring the same. */
const BAD_CONTENT = new Set(['SealBrokenError', 'TooLargeError', 'UnsafeNameError', 'UnsupportedContentError'])
const WRONG_PARTS = 'the result directory does not consist of the parts that the manifest names'

/** What each effect of the creator's machine does in the world. Every one may be carried out again after a crash. */
export const CREATOR_EFFECTS: EffectTable<CreatorEffectComponents, CreatorState, CreatorEvent, CreatorEffect> = {
  async rank(c, state, { freshNonce }) {
    return {
      type: 'ranked',
      attemptNo: state.past.length,
      ...(await c.ranker.rank(state, freshNonce, c.siblings(state).taken))
    }
  },

  async announce(c, state) {
    await c.ranker.announce(decodeFact(state.jobOffer))
    return { type: 'announced' }
  },

  async signProposal(c, state, { index }, options) {
    // what the deal rests on is kept before anybody can open it, and while the chain is asked
    const [signed] = await Promise.all([signTerms(c, state, index, options), c.papers.keep(state, options)])
    return { type: 'proposalSigned', attemptNo: state.past.length, index, ...signed }
  },

  async propose(c, state, _effect, options) {
    const { attempt, certificate } = state
    if (attempt === undefined || certificate === undefined) return undefined
    const message: Request = {
      type: 'propose',
      jobOffer: state.jobOffer,
      spec: state.specBytes,
      certificate,
      offer: c.ranker.cidOf(attempt.candidate.offer),
      deal: attempt.deal,
      signature: attempt.creatorSignature,
      ...(asksHold(state, attempt.candidate.account, c.clock.nowMs()) ? { hold: true as const } : {})
    }
    const { dealId } = attempt
    const timeoutMs = PROPOSAL_TIMEOUT_MS + PROPOSAL_TIMEOUT_ROUNDS * state.roundMs
    let reply: Reply
    try {
      reply = await send(c, state, message, timeoutMs, options)
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      return { type: 'refused', dealId, reason: 'unreachable', detail: messageOf(error).slice(0, 300) }
    }
    if (reply.type === 'agree') {
      const signer = await c.settlement.dealSigner(attempt.deal, reply.signature)
      if (signer === attempt.deal.provider) return agreed(c, attempt, reply.signature, options)
      return { type: 'refused', dealId, reason: 'bad-signature', detail: 'the provider signed with another account' }
    }
    if (reply.type !== 'refuse') {
      return { type: 'refused', dealId, reason: 'bad-reply', detail: `it answered "${reply.type}"` }
    }
    return {
      type: 'refused',
      dealId,
      ...(await c.ranker.readRefusal(reply, attempt.candidate, { job: decodeFact(state.jobOffer).id, certificate }))
    }
  },

  async follow(c, state, _effect, options) {
    const over = new AbortController()
    const signal = options.signal === undefined ? over.signal : AbortSignal.any([options.signal, over.signal])
    const watching = watchPreparation(c, state, { signal })
    try {
      await c.logs.follow(state, options)
    } finally {
      over.abort()
      await watching
    }
    return state.attempt === undefined ? undefined : { type: 'followed', dealId: state.attempt.dealId }
  },

  async checkOpened(c, state, _effect, options) {
    const { attempt, closing } = state
    // a job that is to end lets go of everything it signed; otherwise only the present deal counts
    const list = closing === undefined ? [] : [...state.signed]
    if (attempt !== undefined) list.push(attempt)
    let isSpent = false
    for (const { deal, dealId } of list) {
      const { phase, deadlineSec } = await c.settlement.status(deal, options)
      const open = { type: 'opened', dealId, transaction: NO_TRANSACTION, submitBySec: deadlineSec } as const
      if (phase === 'open' || phase === 'submitted') return open
      isSpent ||= phase === 'closed'
    }
    const [first] = list
    if (first === undefined) return undefined
    // closed is also what a burnt nonce looks like; that it cannot be burnt means that a deal came and went: its end will be told
    if (isSpent) await c.settlement.burn(first.deal.nonce, options)
    return { type: 'neverOpened', dealId: attempt?.dealId ?? first.dealId, all: closing !== undefined }
  },

  async fetchResult(c, state, _effect, options) {
    const { attempt } = state
    const delivery = attempt?.delivery
    if (attempt === undefined || delivery === undefined) return undefined
    const spec = decodeSpec(state.specBytes)
    const { dealId } = attempt
    const fault = faultOf(attempt, spec, delivery)
    if (fault !== undefined) return { type: 'resultBad', dealId, reason: fault }
    const manifest = manifestOf(delivery)
    const signal = within(FETCH_TIMEOUT_MS, options.signal)
    try {
      await c.storage.fetch(manifest.result, {
        signal,
        // a sibling's provider must not learn what the result is
        from: attempt.candidate,
        only: true,
        maxBytes: c.maxResultBytes,
        onProgress: transferMeter(state.jobId, () => c.clock.nowMs(), c.onTransfer)
      })
      if (state.sealKey === undefined && !(await consistsOfParts(c, manifest, signal))) {
        return { type: 'resultBad', dealId, reason: WRONG_PARTS }
      }
      await c.storage.pin(manifest.result, state.jobId)
      const where = { signal, maxBytes: c.maxResultBytes }
      await writeReceipt(c.jobsDir, state, c.settlement.domain)
      const result = await writeResult(c.storage, c.jobsDir, state, attempt, manifest, where)
      const log = await c.logs.complete(state, result.dir, manifest.logRoot)
      return { type: 'fetched', dealId, result: { ...result, log } }
    } catch (error) {
      if (error instanceof Error && BAD_CONTENT.has(error.name)) {
        return { type: 'resultBad', dealId, reason: messageOf(error).slice(0, 300) }
      }
      throw error
    }
  },

  async runAgain(c, state, _effect, options) {
    const { attempt } = state
    if (attempt?.delivery === undefined) return undefined
    return { type: 'ranAgain', dealId: attempt.dealId, ...(await spotCheck(c, state, attempt.delivery, options)) }
  },

  async challenge(c, { attempt }, _effect, options) {
    const { court } = c.settlement
    if (attempt?.delivery === undefined || court === undefined) return undefined
    const { deal, dealId, delivery } = attempt
    await c.ensureFree(BigInt(deal.committee) * deal.seatFee, options)
    const { transaction } = await court.challenge(deal, delivery.result, options)
    return { type: 'challenged', dealId, transaction }
  },

  async pursue(c, { attempt }) {
    if (attempt?.delivery === undefined) return undefined
    const { deal, dealId, delivery } = attempt
    c.disputes.watch({ deal, result: delivery.result, interest: 'challenger' })
    return { type: 'pursued', dealId }
  },

  async signResult(c, { attempt }) {
    if (attempt?.delivery === undefined) return undefined
    const signature = await c.settlement.signResult(attempt.delivery.result)
    return { type: 'resultSigned', dealId: attempt.dealId, signature }
  },

  async sendAccept(c, state, _effect, options) {
    const { attempt } = state
    if (attempt?.delivery === undefined || attempt.resultSignature === undefined) return undefined
    const signature = attempt.resultSignature
    await writeReceipt(c.jobsDir, state, c.settlement.domain)
    await send(c, state, { type: 'accept', deal: attempt.dealId, signature }, MESSAGE_TIMEOUT_MS, options)
    // without a chain both sides keep the books: the acceptance itself is the payment
    if (c.settlement.kind === 'none') await c.settlement.settle(attempt.deal, attempt.delivery.result, signature)
    return { type: 'told', effect: 'sendAccept' }
  },

  async sendReject(c, state, { reason }, options) {
    const { attempt } = state
    if (attempt === undefined) return undefined
    const message: Request = { type: 'reject', deal: attempt.dealId, reason: reason.slice(0, 300) }
    await send(c, state, message, MESSAGE_TIMEOUT_MS, options)
    return { type: 'told', effect: 'sendReject' }
  },

  async sendCancel(c, state, _effect, options) {
    if (state.attempt === undefined) return undefined
    await send(c, state, { type: 'cancel', deal: state.attempt.dealId }, MESSAGE_TIMEOUT_MS, options)
    return { type: 'told', effect: 'sendCancel' }
  },

  async burn(c, state, _effect, options) {
    const deal = state.attempt?.deal ?? state.signed.at(-1)?.deal
    if (deal !== undefined) await c.settlement.burn(deal.nonce, options)
    return { type: 'burned' }
  },

  async timeoutSubmit(c, { attempt }, _effect, options) {
    if (attempt === undefined) return undefined
    const { delivery, resultSignature } = attempt
    if (c.settlement.kind === 'none' && delivery !== undefined && resultSignature !== undefined) {
      // the acceptance may have reached the provider: without a chain our word is the payment
      await c.settlement.settle(attempt.deal, delivery.result, resultSignature, options)
      return undefined
    }
    const { phase } = await c.settlement.status(attempt.deal, options)
    // how a closed deal ended is the chain's to tell: it may have been paid
    if (phase !== 'open') throw new UserError('DealStateError', `the deal is ${phase}, its end has not been seen`)
    const receipt = await c.settlement.timeoutSubmit(attempt.deal, options)
    const toCreator = attempt.deal.price + attempt.deal.collateral
    const end = { kind: 'timed-out', toProvider: 0n, toCreator, transaction: receipt.transaction } as const
    return { type: 'ended', dealId: attempt.dealId, end }
  },

  async checkEnd(c, { attempt }, _effect, options) {
    if (attempt === undefined) return undefined
    const status = await c.settlement.status(attempt.deal, options)
    if (status.phase === 'none') return { type: 'neverOpened', dealId: attempt.dealId, all: false }
    if (c.settlement.kind === 'none' && status.phase === 'open') return bookForfeit(c, attempt, options)
    // the money event itself arrives from the chain; until then the deal's clock decides
    throw new UserError('DealOpenError', `the deal is still ${status.phase}`)
  }
}

/** Of a sealed result this is seen when it is opened. */
async function consistsOfParts(
  { storage }: CreatorEffectComponents,
  manifest: ResultManifest,
  signal: AbortSignal
): Promise<boolean> {
  const rebuilt = await resultDirectory(storage, { ...manifest, exitCode: manifest.exitCode }, { signal })
  return rebuilt.equals(manifest.result)
}

/** On a network without a chain nobody sees the provider open: agreeing opens the deal in the creator's own books. */
async function agreed(
  c: CreatorEffectComponents,
  { deal, dealId, creatorSignature }: Attempt,
  providerSignature: `0x${string}`,
  options: AbortOptions
): CreatorOutcome {
  if (c.settlement.kind === 'none') {
    await c.settlement.open({ deal, creatorSignature, providerSignature }, options)
  }
  return { type: 'agreed', dealId, signature: providerSignature }
}

/** Nobody but the provider can say on a network without a chain that it gave up: its word is booked. */
async function bookForfeit(
  c: CreatorEffectComponents,
  { deal, dealId }: Attempt,
  options: AbortOptions
): CreatorOutcome {
  const { transaction } = await c.settlement.forfeit(deal, options)
  const penalty = deal.collateral / 4n
  const end = { kind: 'forfeited', toProvider: deal.collateral - penalty, toCreator: deal.price + penalty } as const
  return { type: 'ended', dealId, end: { ...end, transaction } }
}

async function send(
  c: CreatorEffectComponents,
  state: CreatorState,
  message: Request,
  timeoutMs: number,
  options: AbortOptions
): Promise<Reply> {
  const target = state.attempt?.candidate
  if (target === undefined) throw new UserError('NoProviderError', 'the job has no provider')
  const limits = { maxReplyBytes: DEAL_LIMITS.replyBytes, timeoutMs, ...options }
  return decodeReply(await c.messenger.request(target, DEAL_PROTOCOL, encodeRequest(message), limits))
}
