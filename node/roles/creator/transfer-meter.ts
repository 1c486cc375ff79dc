/** A transfer is told of this often: a person reads no faster, and what ends sooner needs no word. */
const EVERY_MS = 1_000

/** How far a job's result has come. */
export interface Transfer {
  job: string
  /** file bytes that are here */
  bytes: number
}

/** Passes on how far a transfer is, once a second; the first word comes after the first second. */
export function transferMeter(
  job: string,
  nowMs: () => number,
  tell: (transfer: Transfer) => void
): (bytes: number) => void {
  let toldAt = nowMs()
  return bytes => {
    if (nowMs() - toldAt < EVERY_MS) return
    toldAt = nowMs()
    tell({ job, bytes })
  }
}
