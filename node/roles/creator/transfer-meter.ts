/** A transfer is told of this often: a person reads no faster, and what ends sooner needs no word. */
export const EVERY_MS = 1_000

/** How far a job's inputs have gone to its provider, or its result has come from there. */
export interface Transfer {
  job: string
  what: 'inputs' | 'results'
  /** of inputs, bytes of blocks that the provider has taken; of results, file bytes that are here */
  bytes: number
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
