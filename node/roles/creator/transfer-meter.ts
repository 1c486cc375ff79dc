import type { DealProgress } from '../../../protocols/deal/progress.ts'

/** A transfer is told of this often: a person reads no faster, and what ends sooner needs no word. */
export const EVERY_MS = 1_000

/** How far a job's inputs have gone to its provider and the provider's preparations are, or its result has come from there. */
export interface Transfer {
  job: string
  what: DealProgress['what'] | 'results'
  /** of inputs, bytes of blocks that the provider has taken, or its own word; of results, file bytes that are here */
  bytes: number
  /** where it is known */
  totalBytes?: number
}

/** Passes on how far a result is, once a second; the first word comes after the first second. */
export function transferMeter(
  job: string,
  nowMs: () => number,
  tell: (transfer: Transfer) => void
): (bytes: number) => void {
  let toldAt = nowMs()
  return bytes => {
    if (nowMs() - toldAt < EVERY_MS) return
    toldAt = nowMs()
    tell({ job, what: 'results', bytes })
  }
}
