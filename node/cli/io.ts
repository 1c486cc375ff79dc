import type { Readable, Writable } from 'node:stream'

/** The world of a command: what tests replace by buffers. */
export interface Io {
  stdout: Writable
  stderr: Writable
  stdin: Readable & { isTTY?: boolean; setRawMode?: (on: boolean) => unknown }
  env: NodeJS.ProcessEnv
  cwd: string
  /** progress is shown where somebody watches */
  isTty: boolean
  /** characters in a line of the terminal that stdout is; absent when it is none: nothing is cut off then */
  columns?: number | undefined
  /** the same for stderr, where progress is shown */
  errColumns?: number | undefined
  /** aborted by the first Ctrl-C */
  signal: AbortSignal
}

/** The process as it is; a second Ctrl-C ends it at once. */
export function processIo(onFirst: () => void = () => undefined): Io {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143)
      controller.abort()
      onFirst()
    })
  }
  // `dcn … | head` closes the pipe: not an error of ours
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    isTty: process.stderr.isTTY === true,
    columns: process.stdout.columns,
    errColumns: process.stderr.columns,
    signal: controller.signal
  }
}
