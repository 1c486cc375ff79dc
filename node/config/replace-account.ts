import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, rename, rm } from 'node:fs/promises'
import { UserError } from '../../protocols/common/errors.ts'
import type { Hex } from '../../protocols/common/values.ts'
import { lockDataDir } from '../journal/lock.ts'
import { createKey, importKey, type KeystoreOptions } from '../settlement/keystore.ts'
import { KeyFileExistsError } from '../settlement/keystore-errors.ts'
import { accountFiles } from './paths.ts'

export interface NewAccount {
  /** the key; a new one is made when absent */
  privateKey?: Hex
  passphrase: string
  /** replaces the account that is there; its file is kept */
  force: boolean
}

export interface ReplacedAccount {
  address: string
  file: string
  /** where the keys that were there before are kept */
  backups: string[]
  /** a node works with the old key until it is started again */
  isRunning: boolean
}

/** Refuses before anybody is asked for a passphrase. @throws KeyFileExistsError */
export function checkNoAccount(dataDir: string, force: boolean): void {
  const { secure, plain } = accountFiles(dataDir)
  const there = [secure, plain].find(path => existsSync(path))
  if (there === undefined || force) return
  throw new KeyFileExistsError(there, 'use another --data-dir, or replace it with --force, which keeps the old file')
}

/**
 * Gives a data directory the key of another account. At every moment the old key or the new one is in its place, and
 * none is lost: the old file is kept under a name with the time.
 *
 * @throws KeyFileExistsError, InvalidInputError
 */
export async function replaceAccount(
  dataDir: string,
  { privateKey, passphrase, force }: NewAccount,
  options: KeystoreOptions = {}
): Promise<ReplacedAccount> {
  checkNoAccount(dataDir, force)
  const lock = tryLock(dataDir)
  try {
    const { secure, plain } = accountFiles(dataDir)
    const fresh = `${secure}.${randomBytes(6).toString('hex')}.new`
    try {
      const account =
        privateKey === undefined
          ? await createKey(fresh, passphrase, options)
          : await importKey(fresh, privateKey, passphrase, options)
      const backups = await Promise.all([secure, plain].filter(path => existsSync(path)).map(backUp))
      await rename(fresh, secure)
      // with it there the node would ask for no passphrase and use that key
      await rm(plain, { force: true })
      return { address: account.address, file: secure, backups, isRunning: lock === undefined }
    } finally {
      await rm(fresh, { force: true })
    }
  } finally {
    lock?.release()
  }
}

/** Held while keys are exchanged, so that no node starts with half of it; undefined when one runs already. */
function tryLock(dataDir: string): { release(): void } | undefined {
  try {
    return lockDataDir(dataDir)
  } catch (error) {
    if (error instanceof UserError && error.name === 'DataDirInUseError') return undefined
    throw error
  }
}

async function backUp(path: string): Promise<string> {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const kept = `${path}.${stamp}.${randomBytes(2).toString('hex')}.bak`
  // unlike rename, link refuses an existing target, and leaves the old file in place
  await link(path, kept)
  return kept
}
