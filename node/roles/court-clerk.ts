import { messageOf } from '../../protocols/common/errors.ts'
import type { Hex } from '../../protocols/common/values.ts'
import { type Errand, errandOf, lookAgainMs, rankOf, staggerMs } from '../../protocols/mediation/errand.ts'
import type { Dispute } from '../../protocols/mediation/types.ts'
import type { AbortOptions, Clock, Log } from '../components.ts'
import type { Journal } from '../journal/journal.ts'
import { pause } from '../network/deadline.ts'
import type { Court, CourtSettings } from '../settlement/court.ts'
import type { Receipt, Settlement } from '../settlement/settlement.ts'
import type { DisputeCase, DisputeDriver } from './disputes.ts'

export interface CourtClerkComponents {
  settlement: Pick<Settlement, 'court' | 'account' | 'now' | 'status' | 'dealId'>
  journal: Pick<Journal, 'getValue' | 'setValue'>
  clock: Clock
  log: Log
  /** waits, or ends early with the signal. @default a timer */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** A case with what only this process knows of it. */
interface Watched {
  id: Hex
  case: DisputeCase
  /** the errand that is due, and since when (wall clock: it decides nothing but who goes first) */
  due?: { errand: Errand; round: number; sinceMs: number }
  failures: number
  /** ends the present wait */
  wake?: AbortController
}

const KEY = 'court-clerk/watching'
/** Between looks at a dispute that goes on at once: the node that answers may lag behind the one that took the transaction. */
const SOON_MS = 250
/** While the chain does not show the dispute, or shows it no more and not yet its end. */
const UNSEEN_MS = 2_000
const MAX_BACKOFF_MS = 60_000
/** So many failures in a row are no race lost to another sender. */
const WORTH_A_WARNING = 3

/** What each errand sends. All are idempotent: what somebody else did meanwhile resolves too. */
const SEND: Record<Errand, (court: Court, dispute: DisputeCase, options: AbortOptions) => Promise<Receipt>> = {
  draw: (court, { deal }, options) => court.draw(deal, options),
  rearm: (court, { result }, options) => court.rearm(result.deal, options),
  tally: (court, { deal }, options) => court.tally(deal, options),
  finish: (court, { deal, result }, options) => court.finish(deal, result, options),
  async revealCommitment(court, { result, commitment }, options) {
    if (commitment === undefined) throw new TypeError('the commitment is not known')
    return await court.revealCommitment(result, commitment.digest, commitment.salt, options)
  }
}

/**
 * Sees disputes through: sends the call that is due, which anybody may send, until each is over. Several nodes watch one dispute;
 * they take turns by their rank, so that as a rule one of them pays for a call. Never appeals: that is the loser's choice.
 */
export class CourtClerk implements DisputeDriver {
  readonly #c: CourtClerkComponents
  readonly #watched = new Map<Hex, Watched>()
  readonly #loops = new Set<Promise<void>>()
  #shutdown: AbortController | undefined

  constructor(components: CourtClerkComponents) {
    this.#c = components
  }

  /** Goes on with what it watched before. Start it after the settlement. */
  start(): void {
    if (this.#shutdown !== undefined) return
    this.#shutdown = new AbortController()
    for (const dispute of this.#c.journal.getValue<DisputeCase[]>(KEY) ?? []) this.#begin(dispute)
  }

  async stop(): Promise<void> {
    this.#shutdown?.abort()
    await Promise.all([...this.#loops])
    this.#watched.clear()
    this.#shutdown = undefined
  }

  /** On disk when this returns; carried on by the next `start` if this clerk is not running. */
  watch(dispute: DisputeCase): void {
    const id = this.#c.settlement.dealId(dispute.deal)
    const known = this.#watched.get(id)
    if (known !== undefined) {
      // a second interest may know what the first did not
      known.case = { ...known.case, ...(dispute.commitment === undefined ? {} : { commitment: dispute.commitment }) }
      known.wake?.abort()
    } else if (this.#shutdown !== undefined) this.#begin(dispute)
    this.#save(id, known?.case ?? dispute)
  }

  /** Something happened in a dispute: it is looked at now. */
  nudge(id: Hex): void {
    this.#watched.get(id)?.wake?.abort()
  }

  /** ids of the deals whose disputes are watched */
  get watching(): Hex[] {
    return [...this.#watched.keys()]
  }

  #begin(dispute: DisputeCase): void {
    const signal = this.#shutdown?.signal
    const id = this.#c.settlement.dealId(dispute.deal)
    if (signal === undefined || this.#watched.has(id)) return
    const watched: Watched = { id, case: dispute, failures: 0 }
    this.#watched.set(id, watched)
    const loop = this.#drive(watched, signal).finally(() => this.#loops.delete(loop))
    this.#loops.add(loop)
  }

  async #drive(watched: Watched, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // before the look: what happens during it is looked at again
      const wake = new AbortController()
      watched.wake = wake
      const waitMs = await this.#visit(watched, signal).catch(error => this.#failed(watched, error, signal))
      if (waitMs === undefined) return this.#forget(watched.id)
      await (this.#c.pause ?? pause)(waitMs, AbortSignal.any([signal, wake.signal]))
    }
  }

  /** One look and at most one call; ms until the next look, or undefined when the dispute is over. */
  async #visit(watched: Watched, signal: AbortSignal): Promise<number | undefined> {
    const { settlement, clock, log } = this.#c
    const { court } = settlement
    if (court === undefined) return UNSEEN_MS
    const settings = await court.settings({ signal })
    const dispute = await court.dispute(watched.id, { signal })
    if (dispute === undefined) {
      const { phase } = await settlement.status(watched.case.deal, { signal })
      return phase === 'closed' ? undefined : UNSEEN_MS
    }
    const context = { nowSec: await settlement.now({ signal }), revealWindowSec: settings.revealWindowSec }
    const errand = errandOf(dispute, context, watched.case.commitment !== undefined)
    if (errand === undefined) {
      delete watched.due
      watched.failures = 0
      return lookAgainMs(dispute, context)
    }
    if (watched.due?.errand !== errand || watched.due.round !== dispute.round) {
      watched.due = { errand, round: dispute.round, sinceMs: clock.nowMs() }
    }
    // the state that this wait ends with is read again before anything is sent
    const waitMs = watched.due.sinceMs + this.#turnMs(watched, errand, dispute, settings) - clock.nowMs()
    if (waitMs > 0) return waitMs
    const { transaction } = await SEND[errand](court, watched.case, { signal })
    log.info({ deal: watched.id, call: errand, round: dispute.round, transaction }, 'dispute led on')
    watched.failures = 0
    return SOON_MS
  }

  /** How long others have the chance to send it first. */
  #turnMs({ case: { interest } }: Watched, errand: Errand, dispute: Dispute, settings: CourtSettings): number {
    // the one that knows the commitment is the one that loses by its silence
    if (errand === 'revealCommitment') return 0
    return rankOf(dispute, interest, this.#c.settlement.account) * staggerMs(settings.revealWindowSec)
  }

  #failed(watched: Watched, error: unknown, signal: AbortSignal): number {
    const waitMs = Math.min(MAX_BACKOFF_MS, SOON_MS * 2 ** Math.min(watched.failures++, 20))
    if (signal.aborted) return waitMs
    const level = watched.failures > WORTH_A_WARNING ? 'warn' : 'debug'
    this.#c.log[level]({ deal: watched.id, error: messageOf(error), retryMs: waitMs }, 'dispute could not be led on')
    return waitMs
  }

  #forget(id: Hex): void {
    this.#watched.delete(id)
    this.#save(id, undefined)
    this.#c.log.info({ deal: id }, 'dispute is over')
  }

  #save(id: Hex, dispute: DisputeCase | undefined): void {
    const { journal, settlement } = this.#c
    const others = (journal.getValue<DisputeCase[]>(KEY) ?? []).filter(d => settlement.dealId(d.deal) !== id)
    journal.setValue(KEY, dispute === undefined ? others : [...others, dispute])
  }
}
