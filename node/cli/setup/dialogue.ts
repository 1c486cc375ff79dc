import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { UserError } from '../../../protocols/common/errors.ts'
import type { Io } from '../io.ts'

/** Whoever was asked left: nothing was made. */
class SetupCancelledError extends UserError {
  constructor() {
    super('SetupCancelledError', 'nothing was set up', {
      remedy: 'start again, or name a network: --network dcn1… (or a file), --init NAME'
    })
  }
}

interface Waiting {
  resolve(line: string): void
  reject(error: Error): void
}

/**
 * Questions and answers at a terminal, one after the other. One reader for all of them: a new one for each would lose what was
 * pasted ahead.
 */
export class Dialogue {
  readonly #io: Io
  readonly #lines: Interface
  readonly #ahead: string[] = []
  #waiting: Waiting | undefined
  #isHidden = false
  #isOver = false
  readonly #cancel = (): void => {
    this.#isOver = true
    this.#waiting?.reject(new SetupCancelledError())
    this.#waiting = undefined
  }

  constructor(io: Io) {
    this.#io = io
    const write = (text: string): void => {
      if (!this.#isHidden) io.stderr.write(text)
    }
    const output = new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        write(String(chunk))
        done()
      }
    })
    // by its width readline tells where a long line breaks
    if (io.errColumns !== undefined) Object.assign(output, { columns: io.errColumns })
    this.#lines = createInterface({ input: io.stdin, output, terminal: true, historySize: 0 })
    this.#lines.on('line', line => {
      const waiting = this.#waiting
      this.#waiting = undefined
      if (waiting === undefined) this.#ahead.push(line)
      else waiting.resolve(line)
    })
    // in raw mode Ctrl-C arrives as a key, Ctrl-D as the end
    this.#lines.once('SIGINT', this.#cancel)
    this.#lines.once('close', this.#cancel)
    io.signal.addEventListener('abort', this.#cancel, { once: true })
    if (io.signal.aborted) this.#cancel()
  }

  /** One line, as it was typed. @throws SetupCancelledError */
  async ask(prompt: string): Promise<string> {
    if (!this.#isOver) {
      this.#lines.setPrompt(prompt)
      this.#lines.prompt()
    }
    return await this.#line()
  }

  /** One line that is not shown. What was typed before the question is no answer to it. @throws SetupCancelledError */
  async askHidden(prompt: string): Promise<string> {
    this.#ahead.length = 0
    this.#io.stderr.write(prompt)
    this.#isHidden = true
    try {
      return await this.#line()
    } finally {
      this.#isHidden = false
      this.#io.stderr.write('\n')
    }
  }

  tell(text: string): void {
    this.#io.stderr.write(`${text}\n`)
  }

  /** Gives the terminal back. */
  close(): void {
    this.#io.signal.removeEventListener('abort', this.#cancel)
    this.#lines.close()
  }

  #line(): Promise<string> {
    if (this.#isOver) return Promise.reject(new SetupCancelledError())
    const ahead = this.#ahead.shift()
    if (ahead !== undefined) return Promise.resolve(ahead)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }
}

export const cancelled = (): UserError => new SetupCancelledError()
