import { readFile, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { InvalidInputError, UserError } from '../../protocols/common/errors.ts'
import { troubleText } from '../errors/file-trouble.ts'
import type { Io } from './io.ts'

/** Longer than any phrase that a person keeps; a larger file is the wrong one. */
const MAX_BYTES = 4096

export interface PassphraseSources {
  file?: string | undefined
  /** asked for twice */
  isNew: boolean
  /** whose passphrase it is. @default the keys of the node */
  of?: PassphraseOf
}

interface PassphraseOf {
  /** ends the sentence "the passphrase of …" */
  what: string
  variable: string
  flag: string
}

const NODE_KEYS: PassphraseOf = {
  what: 'the keys of this node',
  variable: 'DCN_PASSPHRASE',
  flag: '--passphrase-file'
}

/**
 * A passphrase: from its variable, a file, or the terminal without echo.
 *
 * @throws UserError named PassphraseMissingError, InvalidInputError
 */
export async function askPassphrase(io: Io, { file, isNew, of = NODE_KEYS }: PassphraseSources): Promise<string> {
  const variable = io.env[of.variable]
  if (variable !== undefined && variable !== '') return variable
  if (file !== undefined) return readPassphrase(file, of.flag)
  if (io.stdin.isTTY !== true) {
    throw new UserError('PassphraseMissingError', `the passphrase of ${of.what} is needed`, {
      field: 'passphraseFile',
      remedy: `give it with ${of.flag} or ${of.variable}, or start from a terminal`
    })
  }
  const first = await askHidden(io, isNew ? `New passphrase for ${of.what}: ` : `Passphrase of ${of.what}: `)
  if (!isNew) return first
  if (first === '')
    throw new InvalidInputError('the passphrase is empty', { field: 'passphrase', remedy: 'choose one' })
  if ((await askHidden(io, 'Again: ')) === first) return first
  throw new InvalidInputError('the two passphrases differ', { field: 'passphrase', remedy: 'start again' })
}

async function readPassphrase(path: string, flag: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) throw new RangeError(`${size} bytes are too many`)
    // the line end that every editor adds is no part of it
    const text = (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
    if (text === '') throw new RangeError('it is empty')
    return text
  } catch (cause) {
    throw new InvalidInputError(`cannot read the passphrase in ${path}: ${troubleText(cause)}`, {
      field: 'passphraseFile',
      value: path,
      remedy: `check the path given with ${flag}`,
      cause
    })
  }
}

/**
 * One line from the terminal; readline writes what is typed into a sink, so nothing is shown.
 *
 * @throws UserError named PassphraseMissingError when it ends without one
 */
export function askHidden(io: Io, question: string): Promise<string> {
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
      reject(new UserError('PassphraseMissingError', 'nothing was typed', { remedy: 'start again' }))
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
