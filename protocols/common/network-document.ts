import { base32 } from 'multiformats/bases/base32'
import { fromString } from 'uint8arrays/from-string'
import { toString as bytesToString } from 'uint8arrays/to-string'
import { z } from 'zod'
import { encode } from './cbor.ts'
import { verifyEd25519 } from './ed25519.ts'
import { BadSignatureError, InvalidInputError, UserError } from './errors.ts'
import { sha256 } from './hash.ts'
import { checkLists, FROM_OWNER, listsDigest, membershipOf } from './membership.ts'
import { parse, toWire } from './parse.ts'
import { keyOfText, peerText } from './peer-text.ts'
import { address, bytes, bytes32, fromHex, type Hex, signature64, text, toHex, uint } from './values.ts'

/** The one version of network documents that this program knows. Version 1 was unsigned. */
export const NETWORK_VERSION = 2

export const NETWORK_LIMITS = {
  bootstrap: 16,
  rpcUrls: 8,
  secretBytes: 32,
  /** 16 bootstrap addresses of 256 bytes, 8 RPC URLs of 256 bytes, and room for the rest */
  coreBytes: 8 * 1024,
  /** with two lists of 1,000 keys, 34 bytes each */
  documentBytes: 80 * 1024
} as const

const secretBytes = bytes.refine(b => b.byteLength === NETWORK_LIMITS.secretBytes, 'expected 32 bytes')
const secretText = z.codec(z.string().max(64), secretBytes, {
  decode: (s, ctx) => {
    try {
      return fromString(s, 'base64url')
    } catch {
      ctx.issues.push({ code: 'custom', input: s, message: 'expected base64url' })
      return z.NEVER
    }
  },
  encode: b => bytesToString(b, 'base64url')
})
const addressText = z.string().regex(/^0x[0-9a-f]{40}$/, 'expected 0x and 40 lower-case hex digits')
/** A multiaddr that ends in /p2p/<peer id>. */
export const peerAddr = z
  .string()
  .max(256)
  .regex(/^\/[\x21-\x7e]+\/p2p\/[1-9A-HJ-NP-Za-km-z]{40,64}$/, 'expected a multiaddr that ends in /p2p/<peer id>')
const rpcUrl = z
  .string()
  .max(256)
  .regex(/^(https?|wss?):\/\/[\x21-\x7e]+$/, 'expected an http, https, ws or wss URL')

const hexText = (size: number) =>
  z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * size}}$`), `expected 0x and ${2 * size} hex digits`) as z.ZodType<
    Hex,
    Hex
  >
const peerIdText = z.codec(z.string().max(64), z.custom<Hex>(), {
  decode: (s, ctx) => {
    const key = keyOfText(s)
    if (key !== undefined) return key
    ctx.issues.push({ code: 'custom', input: s, message: 'expected an Ed25519 peer id such as 12D3Koo…' })
    return z.NEVER
  },
  encode: key => peerText(key)
})

type HexForm = z.ZodType<Hex, unknown>
interface Forms<S, A, K, D, G> {
  secret: S
  account: A
  key: K
  digest: D
  signature: G
}

const shape = <S extends z.ZodType, A extends z.ZodType, K extends HexForm, D extends HexForm, G extends z.ZodType>({
  secret,
  account,
  key,
  digest,
  signature
}: Forms<S, A, K, D, G>) =>
  z.strictObject({
    version: z.literal(NETWORK_VERSION),
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,29}[a-z0-9])?$/, 'expected 1 to 31 of a-z, 0-9 and "-", no "-" at the ends'),
    /** derived from name, owner and secret: two networks of one name stay apart, and nobody else can sign for one */
    id: text(64),
    secret,
    /** Ed25519 public key, the peer key of the node that made the network; signs every revision */
    owner: key,
    /** counts up by one with each change; the highest one of the owner holds */
    revision: uint.min(1),
    /** unix milliseconds: of the network, and of this revision */
    createdAt: uint,
    issuedAt: uint,
    chain: z
      .strictObject({
        chainId: uint.min(1),
        rpcUrls: z.array(rpcUrl).min(1).max(NETWORK_LIMITS.rpcUrls),
        escrow: account,
        token: account,
        /** what the escrow names as its court; for the reader, and checked against it at each start */
        court: account.optional(),
        /** where contracts ask for jobs; checked at each start */
        board: account.optional(),
        /** names and versions of modules; checked at each start */
        modules: account.optional(),
        /** of a token other than DCN; checked at each start */
        tokenInfo: z.strictObject({ symbol: text(16).min(1), decimals: uint.max(36) }).optional(),
        startBlock: uint,
        confirmations: uint.max(1000),
        pollMs: uint.min(10).max(600_000).optional(),
        /** a chain for development: test accounts may be funded */
        dev: z.boolean().optional()
      })
      .nullable(),
    /** CID of the list of modules where there is no chain; the list itself is in the content store */
    moduleIndex: z
      .string()
      .regex(/^b[a-z2-7]{20,100}$/, 'expected a CID')
      .optional(),
    bootstrap: z.array(peerAddr).max(NETWORK_LIMITS.bootstrap),
    roundMs: uint.min(50).max(60_000),
    membership: membershipOf(key, digest),
    signature
  })

/** What a node must know to take part in a network, signed by its owner. On the wire: dag-cbor with byte strings. */
export const networkDocument = shape({
  secret: secretBytes,
  account: address,
  key: bytes32,
  digest: bytes32,
  signature: signature64
})
/** The same as JSON text, for a file: the secret as base64url, accounts and the signature as hex, keys as peer ids. */
const networkJson = shape({
  secret: secretText,
  account: addressText,
  key: peerIdText,
  digest: hexText(32),
  signature: hexText(64)
})

export type NetworkDocument = z.output<typeof networkDocument>
export type NetworkWire = z.input<typeof networkDocument>
/** What the owner decides; the rest follows. */
export type NetworkInit = Omit<NetworkDocument, 'version' | 'id' | 'signature'>
/** Ed25519 over bytes, with the owner's key. */
export type SignNetwork = (bytes: Uint8Array) => Uint8Array

/** What a token is called, and how many of its smallest unit make a whole one: 10^decimals. */
export interface TokenInfo {
  symbol: string
  decimals: number
}

/** The token that comes with the contracts. */
export const DCN_TOKEN: TokenInfo = { symbol: 'DCN', decimals: 18 }

/** What the members of a network pay each other in, and count in where there is no chain. */
export function tokenOf({ chain }: Pick<NetworkDocument, 'chain'>): TokenInfo {
  return chain?.tokenInfo ?? DCN_TOKEN
}

/** `lab-` and 80 bits of sha256(name, owner, secret) in base32: too many to find another owner for an id. */
export function networkId(name: string, secret: Uint8Array, owner: Hex): string {
  const digest = sha256(Buffer.from(`dcn/network/2\0${name}\0`), fromHex(owner), secret)
  return `${name}-${base32.encode(digest.subarray(0, 10)).slice(1)}`
}

const SIGN_DOMAIN = Buffer.from('dcn/network-document/2\0')

/** What the owner signs: a domain and the canonical document with the digest of its lists, without the signature. */
export function networkSignedBytes(document: NetworkDocument): Uint8Array {
  const { membership } = document
  const brief = { ...document, membership: { policy: membership.policy, digest: listsDigest(membership) } }
  const { signature: _signature, ...body } = networkToWire(brief)
  return new Uint8Array(Buffer.concat([SIGN_DOMAIN, encode(body)]))
}

/** A new document or revision. @throws BadSignatureError when `sign` is not the owner's; InvalidInputError */
export function createNetworkDocument(init: NetworkInit, sign: SignNetwork): NetworkDocument {
  const id = networkId(init.name, init.secret, init.owner)
  const unsigned: NetworkDocument = { version: NETWORK_VERSION, ...init, id, signature: toHex(new Uint8Array(64)) }
  return checkNetwork({ ...unsigned, signature: toHex(sign(networkSignedBytes(unsigned))) })
}

/**
 * Checks the wire form of a document, its id and its signature included.
 *
 * @throws NetworkVersionError, InvalidInputError, BadSignatureError
 */
export function parseNetworkDocument(value: unknown): NetworkDocument {
  return checkNetwork(readNetworkDocument(value))
}

/** The same without id and signature: for whoever wants to say what was changed in it. */
export function readNetworkDocument(value: unknown): NetworkDocument {
  checkVersion(value)
  return parse(networkDocument, value, 'network document')
}

/** The wire form, ready for dag-cbor. */
export function networkToWire(document: NetworkDocument): NetworkWire {
  return dropUndefined(toWire(networkDocument, document, 'network document'))
}

/** The JSON text of a document for a file. It holds the network's secret. */
export function networkToJson(document: NetworkDocument): string {
  return `${JSON.stringify(toWire(networkJson, document as never, 'network document'), null, 2)}\n`
}

/**
 * Reads what `networkToJson` wrote (already parsed as JSON).
 *
 * @throws NetworkVersionError, InvalidInputError, BadSignatureError
 */
export function networkFromJson(value: unknown): NetworkDocument {
  return checkNetwork(readNetworkJson(value))
}

/** The same without id and signature. */
export function readNetworkJson(value: unknown): NetworkDocument {
  checkVersion(value)
  return parse(networkJson, value, 'network file') as NetworkDocument
}

/** Id and signature cannot be checked against one field alone, hence not in the schema. */
export function checkNetwork(document: NetworkDocument): NetworkDocument {
  const id = networkId(document.name, document.secret, document.owner)
  if (document.id !== id) {
    throw new InvalidInputError('network document: id does not belong to this name, owner and secret', {
      field: 'id',
      value: document.id,
      limit: id,
      remedy: FROM_OWNER
    })
  }
  checkLists(document)
  if (verifyEd25519(fromHex(document.owner), networkSignedBytes(document), fromHex(document.signature))) return document
  throw new BadSignatureError('the network document', {
    field: 'signature',
    value: peerText(document.owner),
    limit: 'signed by the owner',
    remedy: FROM_OWNER
  })
}

/** A document of another version. */
export class NetworkVersionError extends UserError {
  constructor(version: unknown) {
    const isOld = version === 1
    super('NetworkVersionError', `this is a network document of version ${String(version).slice(0, 20)}`, {
      field: 'version',
      value: version,
      limit: `version ${NETWORK_VERSION}`,
      remedy: isOld
        ? 'networks of version 1 were not signed: create a new one with "dcn network create"'
        : 'update dcn-node'
    })
  }
}

function checkVersion(value: unknown): void {
  const version = typeof value === 'object' && value !== null ? (value as { version?: unknown }).version : undefined
  if (typeof version === 'number' && version !== NETWORK_VERSION) throw new NetworkVersionError(version)
}

/** dag-cbor knows no undefined: optional keys are left out. */
function dropUndefined({ moduleIndex, ...rest }: NetworkWire): NetworkWire {
  const wire = { ...rest, ...(moduleIndex === undefined ? {} : { moduleIndex }) }
  if (wire.chain === null) return wire
  const chain = Object.fromEntries(Object.entries(wire.chain).filter(([, v]) => v !== undefined))
  return { ...wire, chain: chain as NonNullable<NetworkWire['chain']> }
}
