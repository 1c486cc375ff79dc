import { isDone, stepCreator } from '../../../protocols/deal/creator-machine.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { decodeFact, encodeFact } from '../../../protocols/offers/fact.ts'
import type { JobOffer } from '../../../protocols/offers/schema.ts'
import type { AbortOptions } from '../../components.ts'
import type { Siblings } from './effects.ts'
import { JobMachines, type JobMachinesComponents } from './job-machines.ts'
import { dropResult } from './replica-folders.ts'

export const CHECK_KIND = 'creator-check'

/** The review of the first result runs meanwhile: whoever is not found soon would come too late. */
const MATCH_WINDOW_MS = 10_000

const checkId = (jobId: string): string => `${jobId}/check`
const jobOf = (id: string): string => id.slice(0, id.lastIndexOf('/'))

const REJECTED = 'this node and the first provider came to another result'

const hasResult = ({ result, attempt }: CreatorState): boolean =>
  result !== undefined && attempt?.delivery !== undefined

/**
 * The second runs of spot checks: each is a deal of its own with a provider that is chosen when the first has committed to its
 * result. To that provider it looks like any job, so nobody knows that its result is compared.
 */
export class SecondProviders {
  readonly #c: JobMachinesComponents
  readonly #find: (jobId: string) => CreatorState | undefined
  readonly #waiting = new Map<string, Set<() => void>>()
  /** messages, chain and clock are theirs */
  readonly machines: JobMachines

  /** @param find a job that is checked */
  constructor(
    components: Omit<JobMachinesComponents, 'siblings'>,
    find: (jobId: string) => CreatorState | undefined,
    onChange: (jobId: string) => void
  ) {
    const siblings = ({ jobId }: CreatorState): Siblings => {
      const first = this.#find(jobOf(jobId))?.attempt?.candidate.account
      return { taken: new Set(first === undefined ? [] : [first]), promised: 0n }
    }
    this.#find = find
    this.#c = { ...components, siblings }
    this.machines = new JobMachines(
      {
        kind: CHECK_KIND,
        step: stepCreator,
        onChange: ({ jobId }) => {
          for (const wake of this.#waiting.get(jobId) ?? []) wake()
          onChange(jobOf(jobId))
        }
      },
      this.#c
    )
  }

  get(jobId: string): CreatorState | undefined {
    return this.machines.get(checkId(jobId))
  }

  /**
   * Has a job run at a second provider, or goes on waiting for it after a restart. @returns the machine that holds its result;
   * undefined where nobody else could or would run it
   */
  async run(job: CreatorState, { signal }: AbortOptions = {}): Promise<CreatorState | undefined> {
    const id = checkId(job.jobId)
    if (this.machines.get(id) === undefined) {
      const { constraints } = decodeFact(job.jobOffer).body as JobOffer
      // whoever names the provider has nobody else in mind; a private job is shown to one stranger only
      if (constraints.target !== undefined || job.sealKey !== undefined) return undefined
      await this.#begin(job)
    }
    for (;;) {
      const state = this.machines.get(id)
      // also one that was ruled on before a crash, or paid by the clock: what it came to must not be forgotten with the verdict
      if (state === undefined || hasResult(state)) return state
      if (isDone(state.phase)) return undefined
      if (state.phase === 'rejected' || state.phase === 'disputed') {
        // what it sent was no result: until its deal is over, the first one's review would be too
        this.machines.dispatch(id, { type: 'cancelRequested' })
        return undefined
      }
      await this.#change(id, signal)
    }
  }

  /** What its result is worth; may be repeated. What is the same is there once, what differs is kept. */
  async rule(jobId: string, word: 'accept' | 'reject'): Promise<void> {
    const id = checkId(jobId)
    const event =
      word === 'accept'
        ? ({ type: 'acceptRequested' } as const)
        : ({ type: 'rejectRequested', reason: REJECTED } as const)
    this.machines.dispatch(id, event)
    if (word === 'accept') await dropResult(this.#c.jobsDir, id)
  }

  /** Where a job is over without a word on its second run, what was done is paid, and what was not begun is not needed. */
  tick(nowSec: number): void {
    this.machines.tick(nowSec)
    for (const { jobId, phase, cancelling } of this.machines.live()) {
      const job = this.#find(jobOf(jobId))
      if (job !== undefined && !isDone(job.phase)) continue
      if (phase === 'reviewing') this.machines.dispatch(jobId, { type: 'acceptRequested' })
      else if (cancelling !== true) this.machines.dispatch(jobId, { type: 'cancelRequested' })
    }
  }

  async #begin(job: CreatorState): Promise<void> {
    const { ranker, clock } = this.#c
    const { spec, needs, bid, timeoutMs, policy, replicas, constraints } = decodeFact(job.jobOffer).body as JobOffer
    const fact = await ranker.jobOffer({ spec, needs, bid, tip: job.tip, timeoutMs, policy, replicas, constraints })
    const id = checkId(job.jobId)
    // another call may have been faster
    if (this.machines.get(id) !== undefined) return
    this.machines.begin({
      jobId: id,
      engine: job.engine,
      spec: job.spec,
      specBytes: job.specBytes,
      jobOffer: encodeFact(fact),
      bid: job.bid,
      tip: job.tip,
      timeoutMs: job.timeoutMs,
      createdAtMs: clock.nowMs(),
      // its result waits for a word, like that of a replica
      check: { by: 'siblings', min: 1 },
      inputBytes: job.inputBytes,
      matchWindowMs: Math.min(job.matchWindowMs, MATCH_WINDOW_MS),
      roundMs: job.roundMs
    })
  }

  /** @throws the signal's reason */
  async #change(id: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(id) ?? new Set()
    const onAbort = () => reject(signal?.reason)
    this.#waiting.set(id, waiting.add(resolve))
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await promise
    } finally {
      signal?.removeEventListener('abort', onAbort)
      waiting.delete(resolve)
      if (waiting.size === 0) this.#waiting.delete(id)
    }
  }
}
