import { createPrivateKey, createPublicKey, hash, sign as nodeSign } from 'node:crypto'
import { verifyEd25519 } from '../../../protocols/common/ed25519.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, fromHex, type Hex, toHex } from '../../../protocols/common/values.ts'
import { peerIdText } from '../../../protocols/offers/peer-key.ts'
import type { Bind } from '../../../protocols/offers/schema.ts'
import type { ValidatorContext } from '../../../protocols/offers/validate.ts'
import type { MarketOptions } from './options.ts'

export const NETWORK = 'sim'
export const ROUND_MS = 250
/** PKCS #8 of an Ed25519 key (RFC 8410) up to the 32 key bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const DAY_SEC = 86_400

/** Who a node is: the account that pays and is paid, and the key that speaks. */
export interface Person {
  account: Address
  /** text of the peer id */
  address: string
  bind: Bind
  sign(bytes: Uint8Array): Uint8Array
}

/** A node's keys follow from its number and the world's seed. */
export function personOf(n: number, { seed, signatures }: MarketOptions, nowSec: number): Person {
  const secret = sha256(Buffer.from(`key ${seed} ${n}`))
  const account = toHex(sha256(Buffer.from(`account ${seed} ${n}`)).subarray(0, 20)) as Address
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, secret]),
    format: 'der',
    type: 'pkcs8'
  })
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  const peerKey = toHex(raw)
  const unsigned = { network: NETWORK, account, peerKey, from: nowSec - DAY_SEC, until: nowSec + DAY_SEC }
  const bind: Bind = { ...unsigned, signature: stampOf(account, peerKey) }
  const sign =
    signatures === 'ed25519'
      ? (bytes: Uint8Array) => new Uint8Array(nodeSign(null, bytes, privateKey))
      : (bytes: Uint8Array) => keyedHash(raw, bytes)
  return { account, address: peerIdText(peerKey), bind, sign }
}

/** What the validator is given: real Ed25519, or a hash that anybody could make and that costs a tenth. */
export function verifiers(signatures: MarketOptions['signatures']): Pick<ValidatorContext, 'verifyBind'> & {
  verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
} {
  const good = new WeakSet<Bind>()
  /** signatures of shared facts: which message they were found to sign */
  const signed = new WeakMap<Uint8Array, Uint8Array>()
  return {
    verifyEd25519:
      signatures === 'ed25519'
        ? verifyEd25519
        : (key, message, signature) => {
            if (signed.get(signature) === message) return true
            const isGood = Buffer.compare(signature, keyedHash(key, message)) === 0
            if (isGood) signed.set(signature, message)
            return isGood
          },
    // ecrecover lives with the chain code. A Bind object is shared by all nodes and never changes
    verifyBind(bind) {
      if (good.has(bind)) return true
      const isGood = bind.signature === stampOf(bind.account, bind.peerKey)
      if (isGood) good.add(bind)
      return isGood
    }
  }
}

function keyedHash(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha512', Buffer.concat([key, bytes]), 'buffer'))
}

/** Stands for an account's signature over a text: 65 bytes that name the account. */
export function stampOf(account: Address, text: string): Hex {
  const digest = sha256(Buffer.from(`${account} ${text}`))
  return toHex(Buffer.concat([fromHex(account), digest, Buffer.alloc(13)]))
}

/** The account that stamped a text, or undefined. */
export function stamperOf(stamp: Hex, text: string): Address | undefined {
  const account = stamp.slice(0, 42) as Address
  return stampOf(account, text) === stamp ? account : undefined
}
