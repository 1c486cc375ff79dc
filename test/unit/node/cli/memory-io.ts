import { PassThrough, Writable } from 'node:stream'
import type { Io } from '../../../../node/cli/io.ts'

export interface MemoryIo extends Io {
  out(): string
  err(): string
  /** what was printed with --json, one value per line */
  lines(): Record<string, unknown>[]
  interrupt(): void
}

/** A person at a terminal in memory, who types each line when asked for it; Ctrl-C when there is none left. */
export function typingIo(lines: readonly string[], init: Parameters<typeof memoryIo>[0] = {}): MemoryIo {
  const io = memoryIo(init)
  const typed = [...lines]
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  const write = io.stderr.write.bind(io.stderr)
  io.stderr.write = (text: string) => {
    if (text.endsWith(': ')) setImmediate(() => stdin.write(typed.shift() ?? '\u0003'))
    return write(text)
  }
  return { ...io, stdin }
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
