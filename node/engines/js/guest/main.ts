import type { GuestPrinter } from './console.ts'
import type { GuestFiles } from './files.ts'

export interface GuestContext extends GuestFiles {
  args: readonly string[]
  env: Readonly<Record<string, string>>
}

/** Calls the program's entry function and says how it ended. Driven from outside by `start` and `tick`. */
export function guestMain(printer: GuestPrinter, context: GuestContext, nextTimer: () => boolean) {
  const { console, show } = printer
  let exitCode = -1

  const finish = (value: unknown) => {
    if (value === undefined) exitCode = 0
    else if (typeof value === 'number' && value >= 0 && value <= 255 && value % 1 === 0) exitCode = value
    else fail(`the entry function returned ${show(value)}: an exit code is a whole number from 0 to 255`)
  }
  const fail = (error: unknown) => {
    exitCode = 1
    console.error(error)
  }
  return {
    async start(main: (context: object) => unknown) {
      // not `then`: the program may have replaced it
      try {
        finish(await main({ ...context, console }))
      } catch (error) {
        fail(error)
      }
    },
    /** Runs the next timer; false when there is none. As in Node, an exception that nothing can catch ends the program. */
    tick(): boolean {
      try {
        return nextTimer()
      } catch (error) {
        if (exitCode === -1) fail(error)
        return false
      }
    },
    /** prints a line of ours among the program's own */
    fail,
    exitCode: () => exitCode,
    calls: printer.calls
  }
}
