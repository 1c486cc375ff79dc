import type { Command } from 'commander'
import { contextOf } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { askPassphrase } from '../../passphrase.ts'
import type { Finish } from '../types.ts'
import { type AccountOptions, accountCommand, dataDirOf, pathOf, printAccount } from './account.ts'

export function newCommand(io: Io, finish: Finish): Command {
  return accountCommand('new', 'make a new account for a node', [
    'dcn wallet new',
    'dcn wallet new --data-dir provider --passphrase-file phrase.txt'
  ]).action((options: AccountOptions) => finish(newAccount(options, io), options))
}

export async function newAccount(options: AccountOptions, io: Io): Promise<ExitCode> {
  // keys and their derivation are loaded by the two commands that need them alone
  const { checkNoAccount, replaceAccount } = await import('../../../config/replace-account.ts')
  const dataDir = dataDirOf(io, options)
  const force = options.force === true
  checkNoAccount(dataDir, force)
  const passphrase = await askPassphrase(io, { file: pathOf(io, options.passphraseFile), isNew: true })
  printAccount(contextOf(io, options), await replaceAccount(dataDir, { passphrase, force }))
  return EXIT.done
}
