/** Many readers or one writer, in order of arrival, so that neither starves. */
export interface SharedLock {
  shared<T>(work: () => Promise<T>): Promise<T>
  exclusive<T>(work: () => Promise<T>): Promise<T>
}

export function sharedLock(): SharedLock {
  let lastExclusive: Promise<unknown> = Promise.resolve()
  let sharedSince = new Set<Promise<unknown>>()
  const quiet = (p: Promise<unknown>): Promise<void> => p.then(noop, noop)

  return {
    async shared(work) {
      const run = lastExclusive.then(work)
      const done = quiet(run)
      const mine = sharedSince
      mine.add(done)
      void done.then(() => mine.delete(done))
      return run
    },
    async exclusive(work) {
      const before = [lastExclusive, ...sharedSince]
      sharedSince = new Set()
      const run = Promise.all(before).then(work)
      lastExclusive = quiet(run)
      return run
    }
  }
}

/** At most `max` at a time, the rest in order of arrival. */
export function limiter(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let active = 0
  return async work => {
    if (active >= max) await new Promise<void>(resolve => waiting.push(resolve))
    else active++
    try {
      return await work()
    } finally {
      // the place is handed on, so nobody who comes in between takes it
      const next = waiting.shift()
      if (next === undefined) active--
      else next()
    }
  }
}

function noop(): void {}
