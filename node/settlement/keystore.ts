import { Buffer } from 'node:buffer'
import { pbkdf2, randomBytes, randomUUID, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { decrypt, encrypt, scrypt as portableScrypt } from 'ox/Keystore'
import { isHex, type PrivateKeyAccount } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { z } from 'zod'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { fromHex, type Hex, toHex } from '../../protocols/common/values.ts'
import { readKeyFile, writeKeyFile } from './key-file.ts'
import { KeyFileError, WrongPassphraseError } from './keystore-errors.ts'

/** Bounds on a key file's derivation parameters: it may come from anywhere and must not be able to stop the node. */
export const KEYSTORE_LIMITS = {
  /** 128 · n · r bytes: twice what the strongest common setting (n 2^18, r 8) takes */
  scryptMemoryBytes: 512 * 1024 * 1024,
  /** n · r · p: four times the common setting, some seconds */
  scryptWork: 2 ** 23,
  scryptP: 64,
  /** about forty times the common 262,144 */
  pbkdf2Rounds: 10_000_000
} as const

/** Written files: n 2^18, r 8, p 1, as the chain's own clients use; 256 MiB and about a second. */
const WRITE_SCRYPT = { n: 262_144, r: 8, p: 1 } as const
const KEY_BYTES = 32

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`), `expected ${bytes} bytes of hex`)
const salt = z.string().regex(/^([0-9a-fA-F]{2}){1,64}$/, 'expected 1 to 64 bytes of hex')
const scryptParams = z
  .object({ dklen: z.literal(KEY_BYTES), n: z.int().min(2), r: z.int().min(1), p: z.int().min(1), salt })
  .refine(({ n }) => Number.isInteger(Math.log2(n)), 'n must be a power of two')
  .refine(
    ({ n, r }) => 128 * n * r <= KEYSTORE_LIMITS.scryptMemoryBytes,
    `128 · n · r is above ${KEYSTORE_LIMITS.scryptMemoryBytes} bytes of memory`
  )
  .refine(({ n, r, p }) => n * r * p <= KEYSTORE_LIMITS.scryptWork, `n · r · p is above ${KEYSTORE_LIMITS.scryptWork}`)
  .refine(({ p }) => p <= KEYSTORE_LIMITS.scryptP, `p is above ${KEYSTORE_LIMITS.scryptP}`)
const pbkdf2Params = z.object({
  dklen: z.literal(KEY_BYTES),
  c: z.int().min(1).max(KEYSTORE_LIMITS.pbkdf2Rounds, `c is above ${KEYSTORE_LIMITS.pbkdf2Rounds} rounds`),
  prf: z.literal('hmac-sha256'),
  salt
})
const cipher = {
  cipher: z.literal('aes-128-ctr'),
  ciphertext: hex(KEY_BYTES),
  cipherparams: z.object({ iv: hex(16) }),
  mac: hex(32)
}
const keystore = z.object({
  version: z.literal(3),
  id: z.string().max(64).default(''),
  /** whose key it is, where the file says so */
  address: z
    .string()
    .regex(/^(0x)?[0-9a-fA-F]{40}$/, 'expected an address')
    .optional(),
  crypto: z.discriminatedUnion('kdf', [
    z.object({ ...cipher, kdf: z.literal('scrypt'), kdfparams: scryptParams }),
    z.object({ ...cipher, kdf: z.literal('pbkdf2'), kdfparams: pbkdf2Params })
  ])
})
type Keystore = z.output<typeof keystore>

export interface DeriveOptions {
  /** called when the derivation runs, in a thread of its own: a second in which something else can be done */
  onDerive?: () => void
}

export interface KeystoreOptions extends DeriveOptions {
  /** scrypt's cost, a power of two. @default 262144; tests use less */
  scryptN?: number
}

/** Makes a new key and writes it encrypted (keystore V3, mode 0600). @throws KeyFileExistsError */
export function createKey(path: string, passphrase: string, options: KeystoreOptions = {}): Promise<PrivateKeyAccount> {
  return importKey(path, generatePrivateKey(), passphrase, options)
}

/** Writes a given private key (32 bytes of hex) encrypted. @throws KeyFileExistsError, InvalidInputError */
export async function importKey(
  path: string,
  privateKey: Hex,
  passphrase: string,
  { scryptN = WRITE_SCRYPT.n, ...options }: KeystoreOptions = {}
): Promise<PrivateKeyAccount> {
  const account = accountOf(privateKey)
  const kdfSalt = randomBytes(32)
  const params = { ...WRITE_SCRYPT, n: scryptN, dklen: KEY_BYTES, salt: kdfSalt.toString('hex') }
  const key = await deriveScrypt(passphrase, params, options)
  const iv = new Uint8Array(randomBytes(16))
  const store = encrypt(privateKey, toHex(key), { kdf: 'scrypt', kdfparams: params, iv, id: randomUUID() })
  await writeKeyFile(path, `${JSON.stringify({ address: account.address.slice(2).toLowerCase(), ...store })}\n`)
  return account
}

/**
 * Opens a keystore V3 file (scrypt or PBKDF2).
 *
 * @throws WrongPassphraseError, KeyFileError when the file is missing, malformed or asks for too much
 */
export async function loadKey(
  path: string,
  passphrase: string,
  options: DeriveOptions = {}
): Promise<PrivateKeyAccount> {
  return accountOf(await openKeystore(path, await readKeyFile(path), passphrase, options))
}

/**
 * The private key in the text of a keystore V3 file (scrypt or PBKDF2).
 *
 * @param name of the file, for messages
 * @throws WrongPassphraseError, KeyFileError when malformed, asking for too much, or of another account than it says
 */
export async function openKeystore(
  name: string,
  text: string,
  passphrase: string,
  options: DeriveOptions = {}
): Promise<Hex> {
  const { address, ...store } = parseKeystore(name, text)
  const key = await derive(store.crypto, passphrase, options)
  let privateKey: Hex
  try {
    privateKey = decrypt(store as Parameters<typeof decrypt>[0], toHex(key), { as: 'Hex' })
  } catch {
    throw new WrongPassphraseError(name)
  }
  const holds = accountOf(privateKey).address.slice(2).toLowerCase()
  if (address !== undefined && !address.toLowerCase().endsWith(holds)) {
    throw new KeyFileError(name, 'holds the key of another account than it says', {
      value: `0x${holds}`,
      limit: address,
      remedy: 'give the file as its wallet wrote it'
    })
  }
  return privateKey
}

/** A private key as wallets show it: 64 hex digits, with or without 0x. The text itself is in no message. @throws KeyFileError */
export function parsePrivateKey(name: string, text: string): Hex {
  const digits = text.trim().replace(/^0x/i, '')
  if (/^[0-9a-fA-F]{64}$/.test(digits)) return `0x${digits.toLowerCase()}`
  throw new KeyFileError(name, 'is neither a private key nor a keystore', {
    limit: '64 hex digits, or keystore V3 JSON',
    remedy: 'export the key from your wallet once more'
  })
}

/** A fresh unencrypted key for throw-away networks; refused to others than its owner by mode 0600. */
export async function createInsecureKey(path: string): Promise<PrivateKeyAccount> {
  const privateKey = generatePrivateKey()
  await writeKeyFile(path, `${privateKey}\n`)
  return accountOf(privateKey)
}

/** Reads an unencrypted key file. @throws KeyFileError when missing, malformed or readable by others */
export async function loadInsecureKey(path: string): Promise<PrivateKeyAccount> {
  const text = (await readKeyFile(path, { ownerOnly: true })).trim()
  if (!isPrivateKeyText(text)) {
    throw new KeyFileError(path, 'is not a plain private key', { limit: '0x and 64 hex digits' })
  }
  return accountOf(text)
}

function parseKeystore(path: string, text: string): Keystore {
  let json: unknown
  try {
    json = lowerCaseKeys(JSON.parse(text))
  } catch (cause) {
    throw new KeyFileError(path, 'is not JSON', { cause, remedy: 'give a keystore V3 file' })
  }
  const result = keystore.safeParse(json)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new KeyFileError(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`, {
    ...(issue === undefined ? {} : { limit: issue.message }),
    remedy: 'give a keystore V3 file'
  })
}

/** Some old wallets wrote `Crypto`. */
function lowerCaseKeys(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key.toLowerCase(), value]))
}

function derive(crypto: Keystore['crypto'], passphrase: string, options: DeriveOptions): Promise<Uint8Array> {
  if (crypto.kdf === 'scrypt') return deriveScrypt(passphrase, crypto.kdfparams, options)
  const { c, salt: saltHex } = crypto.kdfparams
  const derived = promisify(pbkdf2)(passphrase, Buffer.from(saltHex, 'hex'), c, KEY_BYTES, 'sha256')
  options.onDerive?.()
  return derived
}

function deriveScrypt(
  passphrase: string,
  { n, r, p, salt: saltHex }: { n: number; r: number; p: number; salt: string },
  { onDerive }: DeriveOptions
): Promise<Uint8Array> {
  // OpenSSL holds to n < 2^(16 r), which files of some older wallets (n 2^18, r 1) break; slow, but such files are rare
  if (Math.log2(n) >= 16 * r) {
    const [key] = portableScrypt({ password: passphrase, salt: `0x${saltHex}`, n, r, p })
    return Promise.resolve(fromHex(typeof key === 'function' ? key() : key))
  }
  // node:crypto wants the limit stated; OpenSSL counts a little beyond 128 · n · r
  const maxmem = 128 * n * r + 128 * r * p + 1024 * 1024
  return new Promise((resolve, reject) => {
    scrypt(passphrase, Buffer.from(saltHex, 'hex'), KEY_BYTES, { N: n, r, p, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error)
    )
    onDerive?.()
  })
}

function isPrivateKeyText(text: string): text is Hex {
  return isHex(text, { strict: true }) && text.length === 2 + 2 * KEY_BYTES
}

function accountOf(privateKey: Hex): PrivateKeyAccount {
  try {
    return privateKeyToAccount(privateKey)
  } catch (cause) {
    throw new InvalidInputError('not a private key', {
      field: 'privateKey',
      limit: '32 bytes of hex below the order of secp256k1',
      cause
    })
  }
}
