/** Skips a test with the reason in its title, which is all that a report shows of it. */
export function skip(context: Mocha.Context, reason: string): never {
  if (context.test !== undefined) context.test.title += ` (skipped: ${reason})`
  context.skip()
}
