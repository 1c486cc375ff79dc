import { RequestTimeoutError } from './errors.ts'

/**
 * Runs `work` under a deadline joined with the caller's signal. The timer and the listener are gone when it returns: long-
 * lived signals do not collect listeners.
 *
 * @throws RequestTimeoutError when the deadline passed first; the caller's abort reason when that came first
 */
export async function withDeadline<T>(
  what: string,
  timeoutMs: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  parent?.throwIfAborted()
  const controller = new AbortController()
  const onParentAbort = (): void => controller.abort(parent?.reason)
  const timer = setTimeout(() => controller.abort(new RequestTimeoutError(what, timeoutMs)), timeoutMs)
  parent?.addEventListener('abort', onParentAbort, { once: true })
  try {
    return await work(controller.signal)
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason
    throw error
  } finally {
    clearTimeout(timer)
    parent?.removeEventListener('abort', onParentAbort)
  }
}

/** Waits, or ends early (without an error) when the signal fires. Does not keep the process alive. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    timer.unref()
    signal.addEventListener('abort', done, { once: true })
  })
}

/** A signal that fires with the caller's, and after a time by itself. */
export function within(ms: number, signal?: AbortSignal): AbortSignal {
  const deadline = AbortSignal.timeout(ms)
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline])
}
