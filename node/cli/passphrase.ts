import { readFile, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { InvalidInputError, messageOf, UserError } from '../../protocols/common/errors.ts'
import type { Io } from './io.ts'

/** Longer than any phrase that a person keeps; a larger file is the wrong one. */
const MAX_BYTES = 4096

export interface PassphraseSources {
  file?: string | undefined
  isNew: boolean
}

/**
 * The passphrase of the keys: from DCN_PASSPHRASE, a file, or the terminal without echo.
 *
 * @throws UserError named PassphraseMissingError, InvalidInputError
 */
export async function askPassphrase(io: Io, { file, isNew }: PassphraseSources): Promise<string> {
  const variable = io.env['DCN_PASSPHRASE']
  if (variable !== undefined && variable !== '') return variable
  if (file !== undefined) return readPassphrase(file)
  if (io.stdin.isTTY !== true) {
    throw new UserError('PassphraseMissingError', 'the keys of this node need a passphrase', {
      field: 'passphraseFile',
      remedy: 'give it with --passphrase-file or DCN_PASSPHRASE, or start from a terminal (tests: --insecure-dev-keys)'
    })
  }
  const first = await prompt(io, isNew ? 'New passphrase for the keys of this node: ' : 'Passphrase: ')
  if (!isNew) return first
  if (first === '')
    throw new InvalidInputError('the passphrase is empty', { field: 'passphrase', remedy: 'choose one' })
  if ((await prompt(io, 'Again: ')) === first) return first
  throw new InvalidInputError('the two passphrases differ', { field: 'passphrase', remedy: 'start again' })
}

async function readPassphrase(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) throw new RangeError(`${size} bytes are too many`)
    // the line end that every editor adds is no part of it
    const text = (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
    if (text === '') throw new RangeError('it is empty')
    return text
  } catch (cause) {
    throw new InvalidInputError(`cannot read the passphrase in ${path}: ${messageOf(cause)}`, {
      field: 'passphraseFile',
      value: path,
      remedy: 'check the path given with --passphrase-file',
      cause
    })
  }
}

/** One line from the terminal; readline writes what is typed into a sink, so nothing is shown. */
function prompt(io: Io, question: string): Promise<string> {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: io.stdin, output: sink, terminal: true, historySize: 0 })
  io.stderr.write(question)
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      io.stderr.write('\n')
      lines.close()
    }
    const interrupted = (): void => {
      stop()
      reject(new UserError('PassphraseMissingError', 'no passphrase was given', { remedy: 'start again' }))
    }
    lines.once('line', answer => {
      io.signal.removeEventListener('abort', interrupted)
      lines.removeListener('close', interrupted)
      stop()
      resolve(answer)
    })
    // in raw mode Ctrl-C arrives as a key, Ctrl-D as the end
    lines.once('SIGINT', interrupted)
    lines.once('close', interrupted)
    io.signal.addEventListener('abort', interrupted, { once: true })
  })
}
