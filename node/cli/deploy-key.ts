import { existsSync } from 'node:fs'
import type { LocalAccount } from 'viem'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import type { Address } from '../../protocols/common/values.ts'
import { accountFiles } from '../config/paths.ts'
import { devAccount } from '../settlement/evm/create-chain.ts'
import { loadKey } from '../settlement/keystore.ts'
import { addressIn } from '../settlement/keystore-address.ts'
import { KeyFileError } from '../settlement/keystore-errors.ts'
import { lower } from '../settlement/typed-data.ts'
import type { Io } from './io.ts'
import { askPassphrase } from './passphrase.ts'

/** The account that pays for a deployment; its key is opened only when something is to be signed. */
export interface DeployKey {
  address: Address
  /** where the key is, for people */
  from: string
  unlock(): Promise<LocalAccount>
}

/**
 * The key named by a flag, that of the data directory, or on a development chain the chain's own first account, which nodes
 * there take their play money from.
 *
 * @throws InvalidInputError when there is none, KeyFileError
 */
export async function deployKey(
  io: Io,
  { keyFile, dataDir, passphraseFile }: { keyFile?: string; dataDir: string; passphraseFile?: string },
  isDev: boolean
): Promise<DeployKey> {
  if (isDev && keyFile === undefined) {
    const account = devAccount()
    const unused = existsSync(accountFiles(dataDir).secure)
      ? `; the key in ${dataDir} is not used unless --key-file names it`
      : ''
    return { address: lower(account.address), from: `of the development chain${unused}`, unlock: async () => account }
  }
  const path = keyFile ?? accountFiles(dataDir).secure
  if (keyFile === undefined && !existsSync(path)) {
    throw new InvalidInputError(`there is no key in ${dataDir}`, {
      field: 'key-file',
      value: path,
      remedy:
        'make one with dcn wallet new, give a keystore with --key-file, or the --data-dir of a node whose account is to pay'
    })
  }
  const of = { what: `the key in ${path}`, variable: 'DCN_PASSPHRASE', flag: '--passphrase-file' }
  const open = async () => loadKey(path, await askPassphrase(io, { file: passphraseFile, isNew: false, of }))
  const said = await addressIn(path)
  if (said === undefined) {
    const account = await open()
    return { address: lower(account.address), from: path, unlock: async () => account }
  }
  const unlock = async () => {
    const account = await open()
    if (lower(account.address) === said) return account
    throw new KeyFileError(path, 'holds another key than it says', { value: account.address, limit: said })
  }
  return { address: said, from: path, unlock }
}
