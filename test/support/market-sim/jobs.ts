import type { Address } from '../../../protocols/common/values.ts'
import { isDone } from '../../../protocols/deal/creator-machine.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'

/** What became of a job. */
export interface JobRecord {
  id: string
  submittedAtMs: number
  /** first in the ranking of all offers there were when it was submitted */
  best?: Address
  /** first in its creator's first ranking */
  first?: Address
  /** when a provider first agreed, and which one did last */
  agreedAtMs?: number
  provider?: Address
  /** whether the first candidate of the first ranking agreed, and nobody else was asked before */
  isRankZero?: boolean
  endedAtMs?: number
  phase?: CreatorState['phase']
  /** ended without a provider while an honest one that fits had room */
  isLost?: boolean
}

/** Notes the course of every job from its creator's journal. */
export class Jobs {
  readonly #records = new Map<string, JobRecord>()
  readonly #isLost: (state: CreatorState) => boolean
  #open = 0

  /** @param isLost asked once for each job that ended */
  constructor(isLost: (state: CreatorState) => boolean) {
    this.#isLost = isLost
  }

  get all(): JobRecord[] {
    return [...this.#records.values()]
  }

  /** Submitted and not at an end. */
  get open(): number {
    return this.#open
  }

  submitted(record: JobRecord): void {
    this.#records.set(record.id, record)
    this.#open++
  }

  ranked(id: string, first: Address | undefined): void {
    const record = this.#records.get(id)
    if (record !== undefined && record.first === undefined && first !== undefined) record.first = first
  }

  changed(state: CreatorState, nowMs: number): void {
    const record = this.#records.get(state.jobId)
    if (record === undefined || record.endedAtMs !== undefined) return
    if (state.attempt?.providerSignature !== undefined || state.attempt?.openTransaction !== undefined) {
      record.provider = state.attempt.candidate.account
      record.isRankZero ??= record.provider === record.first && state.refusals.length === 0 && state.past.length === 0
      record.agreedAtMs ??= nowMs
    }
    if (!isDone(state.phase)) return
    record.endedAtMs = nowMs
    record.phase = state.phase
    this.#open--
    record.isLost = this.#isLost(state)
  }
}
