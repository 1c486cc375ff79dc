import type { Engine, Prepared, RunOptions, RunOutcome } from './engine.ts'
import { EngineStoppedError, UnsupportedJobError } from './errors.ts'

/** Ends after `ms` with `exitCode`, for tests and benchmarks of everything around an engine. */
export const noopEngine = (): Engine => {
  const running = new Map<string, AbortController>()
  return {
    kind: 'noop',
    probe: async () => ({ available: true, kind: 'noop', version: '1', features: {} }),
    start: async () => undefined,
    stop: async () => {
      for (const [id, controller] of running) controller.abort(new EngineStoppedError(id))
    },
    prepare: async spec => {
      if ('noop' in spec.engine) return { spec }
      throw new UnsupportedJobError('engine', 'not a noop job', 'give it to the engine it names')
    },
    run: async (prepared, _dirs, options) => {
      const controller = new AbortController()
      running.set(options.id, controller)
      try {
        return await wait(prepared, options, controller.signal)
      } finally {
        running.delete(options.id)
      }
    },
    adopt: async () => undefined
  }
}

function wait({ spec }: Prepared, { signal }: RunOptions, stopped: AbortSignal): Promise<RunOutcome> {
  const { ms, exitCode } = 'noop' in spec.engine ? spec.engine.noop : { ms: 0, exitCode: 0 }
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const end = (outcome: Omit<RunOutcome, 'usage'>) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      const wallMs = Math.round(performance.now() - started)
      resolve({ ...outcome, usage: { wallMs, cpuMs: 0, maxRssBytes: 0 } })
    }
    const cancel = () => end({ status: 'cancelled', reason: 'the run was cancelled' })
    const timer = setTimeout(
      () =>
        end(
          ms > spec.timeoutMs
            ? { status: 'timeout', reason: 'the program ran longer than timeoutMs' }
            : { status: 'exited', exitCode }
        ),
      Math.min(ms, spec.timeoutMs)
    )
    stopped.addEventListener('abort', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      reject(stopped.reason)
    })
    signal?.addEventListener('abort', cancel)
    if (signal?.aborted === true) cancel()
  })
}
