/** Long enough for a machine that does other heavy work beside the test. */
export const PATIENCE_MS = 45_000
const LOOK_EVERY_MS = 40

/**
 * Waits until `look` gives something other than undefined or false. Errors of `look` count as "not yet", because nodes
 * come and go in these tests; the last one is told when the time is over.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs: number = PATIENCE_MS
): Promise<T> {
  const deadline = Date.now() + withinMs
  let last: unknown
  for (;;) {
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
      last = found
    } catch (error) {
      last = error instanceof Error ? error.message : error
    }
    if (Date.now() > deadline) throw new Error(`not in ${withinMs} ms: ${what}; last: ${String(last)}`)
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
