/** The same work, at once when it was not done for `ms`, else once at the end of that time, however often it is asked for. */
export function atMostEvery(ms: number, work: () => void): () => void {
  let waiting: NodeJS.Timeout | undefined
  let isDue = false
  const rest = (): void => {
    waiting = setTimeout(() => {
      waiting = undefined
      if (isDue) run()
    }, ms).unref()
  }
  const run = (): void => {
    isDue = false
    rest()
    work()
  }
  return () => {
    if (waiting === undefined) run()
    else isDue = true
  }
}
