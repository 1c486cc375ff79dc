import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PrivateKeyAccount } from 'viem/accounts'
import { UserError } from '../../protocols/common/errors.ts'
import { readKeyFile, writeKeyFile } from '../settlement/key-file.ts'
import { createInsecureKey, createKey, type DeriveOptions, loadInsecureKey, loadKey } from '../settlement/keystore.ts'
import { accountFiles } from './paths.ts'

export interface Keys {
  account: PrivateKeyAccount
  /** Ed25519 seed of the peer id, 32 bytes */
  seed: Uint8Array
  created: boolean
}

/**
 * The node's two keys, made at the first start: the account that holds money in a passphrase-protected keystore, and
 * the key that talks to strangers in a file only the owner reads.
 *
 * @param passphrase asked for only when one is needed
 */
export async function loadKeys(
  dataDir: string,
  insecure: boolean,
  passphrase: (isNew: boolean) => Promise<string>,
  options: DeriveOptions = {}
): Promise<Keys> {
  const dir = join(dataDir, 'keys')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const { secure, plain } = accountFiles(dataDir)
  const created = !existsSync(secure) && !existsSync(plain)
  if (existsSync(plain) && !insecure) {
    throw new UserError('InsecureKeyError', 'this data directory holds a key without a passphrase', {
      field: 'insecureDevKeys',
      remedy: 'start with --insecure-dev-keys (tests only), or choose another --data-dir'
    })
  }
  const account = await loadAccount({ secure, plain, insecure, created, passphrase }, options)
  return { account, seed: await loadPeerSeed(dataDir), created }
}

interface AccountInit {
  secure: string
  plain: string
  insecure: boolean
  created: boolean
  passphrase: (isNew: boolean) => Promise<string>
}

async function loadAccount(init: AccountInit, options: DeriveOptions): Promise<PrivateKeyAccount> {
  if (existsSync(init.plain)) return await loadInsecureKey(init.plain)
  if (init.insecure && init.created) return await createInsecureKey(init.plain)
  const passphrase = await init.passphrase(init.created)
  const open = init.created ? createKey : loadKey
  return await open(init.secure, passphrase, options)
}

/** The peer key of a data directory, made when it is missing; it has no passphrase. */
export async function loadPeerSeed(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, 'keys', 'peer.key')
  await mkdir(join(dataDir, 'keys'), { recursive: true, mode: 0o700 })
  if (!existsSync(path)) await writeKeyFile(path, `${randomBytes(32).toString('hex')}\n`)
  const text = (await readKeyFile(path, { ownerOnly: true })).trim()
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new UserError('KeyFileError', `${path} does not hold a peer key`, {
      field: 'peer.key',
      limit: '64 hex digits',
      remedy: 'restore it from a backup; removing it gives this node a new peer id'
    })
  }
  return new Uint8Array(Buffer.from(text, 'hex'))
}
