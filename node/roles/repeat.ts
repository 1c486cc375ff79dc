import { pause } from '../network/deadline.ts'

/** Runs again and again until the signal; a failure is told and tried again. */
export async function repeat(
  signal: AbortSignal,
  everyMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void
): Promise<void> {
  while (!signal.aborted) {
    await work().catch(error => {
      if (!signal.aborted) onError(error)
    })
    await pause(everyMs, signal)
  }
}
