import { PassThrough, Writable } from 'node:stream'
import type { Io } from '../../../../node/cli/io.ts'

export interface MemoryIo extends Io {
  out(): string
  err(): string
  /** what was printed with --json, one value per line */
  lines(): Record<string, unknown>[]
  interrupt(): void
}

/** A terminal in memory. */
export function memoryIo(init: { env?: NodeJS.ProcessEnv; cwd?: string; isTty?: boolean } = {}): MemoryIo {
  const printed = { out: '', err: '' }
  const sink = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        printed[name] += String(chunk)
        done()
      }
    })
  const controller = new AbortController()
  return {
    stdout: sink('out'),
    stderr: sink('err'),
    stdin: new PassThrough(),
    env: init.env ?? {},
    cwd: init.cwd ?? '/',
    isTty: init.isTty ?? false,
    signal: controller.signal,
    out: () => printed.out,
    err: () => printed.err,
    lines: () =>
      printed.out
        .split('\n')
        .filter(l => l !== '')
        .map(l => JSON.parse(l)),
    interrupt: () => controller.abort()
  }
}
