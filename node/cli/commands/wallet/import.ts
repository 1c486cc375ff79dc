import type { Command } from 'commander'
import { InvalidInputError, TooLargeError } from '../../../../protocols/common/errors.ts'
import type { Hex } from '../../../../protocols/common/values.ts'
import { readKeyFile } from '../../../settlement/key-file.ts'
import { contextOf } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { askHidden, askPassphrase } from '../../passphrase.ts'
import type { Finish } from '../types.ts'
import { type AccountOptions, accountCommand, dataDirOf, pathOf, printAccount } from './account.ts'

interface ImportOptions extends AccountOptions {
  importPassphraseFile?: string
}

/** A keystore is under 1 KiB. */
const MAX_STDIN_BYTES = 16 * 1024
const PRIVATE_KEY = /^(0x)?[0-9a-fA-F]{64}$/

export function importCommand(io: Io, finish: Finish): Command {
  return accountCommand('import', 'use the key of another wallet for a node', [
    'dcn wallet import keystore.json',
    'dcn wallet import private-key.txt --force',
    'dcn wallet import - < keystore.json'
  ])
    .argument('[file]', 'keystore V3 or private key as hex; - reads stdin; without it the key is asked for')
    .option('--import-passphrase-file <file>', 'file with the passphrase of the keystore (DCN_IMPORT_PASSPHRASE)')
    .action((file: string | undefined, options: ImportOptions) => finish(importAccount(file, options, io), options))
}

export async function importAccount(file: string | undefined, options: ImportOptions, io: Io): Promise<ExitCode> {
  if (file !== undefined && PRIVATE_KEY.test(file)) throw keyInArguments()
  const { checkNoAccount, replaceAccount } = await import('../../../config/replace-account.ts')
  const dataDir = dataDirOf(io, options)
  const force = options.force === true
  checkNoAccount(dataDir, force)
  const privateKey = await readPrivateKey(file, options, io)
  const passphrase = await askPassphrase(io, { file: pathOf(io, options.passphraseFile), isNew: true })
  printAccount(contextOf(io, options), await replaceAccount(dataDir, { privateKey, passphrase, force }))
  return EXIT.done
}

async function readPrivateKey(file: string | undefined, options: ImportOptions, io: Io): Promise<Hex> {
  const { openKeystore, parsePrivateKey } = await import('../../../settlement/keystore.ts')
  const { name, text } = await readSource(file, io)
  if (!text.trimStart().startsWith('{')) return parsePrivateKey(name, text)
  const passphrase = await askPassphrase(io, {
    file: pathOf(io, options.importPassphraseFile),
    isNew: false,
    of: { what: name, variable: 'DCN_IMPORT_PASSPHRASE', flag: '--import-passphrase-file' }
  })
  return openKeystore(name, text, passphrase)
}

async function readSource(file: string | undefined, io: Io): Promise<{ name: string; text: string }> {
  if (file !== undefined && file !== '-') {
    const path = pathOf(io, file) ?? file
    return { name: path, text: await readKeyFile(path) }
  }
  if (file === undefined && io.stdin.isTTY === true) {
    return { name: 'what was typed', text: await askHidden(io, 'Private key, 64 hex digits (it is not shown): ') }
  }
  return { name: 'stdin', text: await readStdin(io) }
}

async function readStdin({ stdin }: Io): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stdin) {
    size += Buffer.byteLength(chunk)
    if (size > MAX_STDIN_BYTES) throw new TooLargeError('stdin', size, MAX_STDIN_BYTES, 'give a key file')
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Said without the key: errors are logged and shown. */
function keyInArguments(): InvalidInputError {
  return new InvalidInputError('a private key is no argument: other users of this host can read it there', {
    field: 'file',
    limit: 'a file, - for stdin, or nothing to be asked',
    remedy: 'remove it from the history of your shell, and give it as a file or through a pipe'
  })
}
