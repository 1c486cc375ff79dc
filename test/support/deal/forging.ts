import type { Engine, Prepared } from '../../../node/engines/engine.ts'

/** An engine that does something else around each run, as its provider would have it. */
export function around(engine: Engine, run: (run: Engine['run'], prepared: Prepared) => Engine['run']): Engine {
  return new Proxy(engine, {
    get(target, key) {
      const value = target[key as keyof Engine]
      if (key !== 'run') return typeof value === 'function' ? value.bind(target) : value
      return ((prepared, dirs, options) =>
        run(target.run.bind(target), prepared)(prepared, dirs, options)) satisfies Engine['run']
    }
  })
}

/** An engine that works, of a provider that tells another output than the job's. @param isLie of the jobs that it lies about */
export const forging =
  (word: string, isLie: (spec: Prepared['spec']) => boolean = () => true) =>
  (engine: Engine): Engine =>
    around(engine, (run, { spec }) => (prepared, dirs, options) => {
      if (!isLie(spec)) return run(prepared, dirs, options)
      const onLog: typeof options.onLog = stream => options.onLog(stream, new TextEncoder().encode(word))
      return run(prepared, dirs, { ...options, onLog })
    })
