/** Why a program is over before it returned from `_start`. */
export interface WasiEnd {
  status: 'exited' | 'disk-full' | 'out-of-memory'
  exitCode: number
  reason: string
}

/** The two ways in which a call of the program does not succeed: an error number for it, or its end. */
export function wasiEnds() {
  /** Not an Error: a program may ask for thousands of files that are not there, and none of that needs a stack. */
  class Errno {
    readonly code: number
    constructor(code: number) {
      this.code = code
    }
  }
  class Ended {}
  let end: WasiEnd | undefined

  return {
    fail(code: number): never {
      throw new Errno(code)
    },
    /** The first end counts: a program that catches the exception and goes on has ended all the same. */
    end(status: WasiEnd['status'], exitCode: number, reason = ''): never {
      end ??= { status, exitCode, reason }
      throw new Ended()
    },
    ended: () => end,
    /** A function as the program imports it: what it does not throw is success. */
    guard<A extends unknown[]>(call: (...args: A) => void): (...args: A) => number {
      return (...args) => {
        if (end !== undefined) throw new Ended()
        try {
          call(...args)
          return 0
        } catch (error) {
          if (error instanceof Errno) return error.code
          throw error
        }
      }
    }
  }
}

export type WasiEnds = ReturnType<typeof wasiEnds>
