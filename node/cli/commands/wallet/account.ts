import type { Command } from 'commander'
import { absolute } from '../../../config/convert.ts'
import type { ReplacedAccount } from '../../../config/replace-account.ts'
import { type Context, command, print } from '../../context.ts'
import type { Io } from '../../io.ts'
import { fields } from '../../text.ts'

export interface AccountOptions {
  json?: boolean
  dataDir?: string
  passphraseFile?: string
  force?: boolean
}

/** A command that works on the key in a data directory, not through a node. */
export function accountCommand(name: string, summary: string, examples: readonly string[]): Command {
  return command(name, summary, examples)
    .option('--data-dir <dir>', 'data directory of the node (DCN_DATA_DIR, default ~/.dcn)')
    .option('--passphrase-file <file>', 'file with the passphrase that will protect the key (DCN_PASSPHRASE)')
    .option('--force', 'replace the account that is there; its key file is kept')
}

export const dataDirOf = (io: Io, options: AccountOptions): string =>
  absolute(options.dataDir ?? (io.env['DCN_DATA_DIR'] || '~/.dcn'), io.cwd)

export const pathOf = (io: Io, path: string | undefined): string | undefined =>
  path === undefined ? undefined : absolute(path, io.cwd)

/** What was done, and what there is still to do. */
export function printAccount(context: Context, { address, file, backups, isRunning }: ReplacedAccount): void {
  const kept = backups.length === 0 ? undefined : backups.join(', ')
  const old = kept === undefined ? '' : 'Money and deals of the old account stay with the old key.\n'
  const restart = isRunning ? 'A node runs there: it keeps its old key until you start it again.\n' : ''
  print(
    context,
    { account: address, file, backups, running: isRunning },
    () => `${fields({ account: address, file, kept })}${old}${restart}`
  )
}
