import { base32 } from 'multiformats/bases/base32'
import { fromString } from 'uint8arrays/from-string'
import { toString as bytesToString } from 'uint8arrays/to-string'
import { z } from 'zod'
import { InvalidInputError } from './errors.ts'
import { sha256 } from './hash.ts'
import { parse, toWire } from './parse.ts'
import { address, bytes, text, uint } from './values.ts'

/** Limits of a network document: it must fit one line of text that a person can paste. */
export const NETWORK_LIMITS = {
  bootstrap: 16,
  rpcUrls: 8,
  secretBytes: 32,
  /** 16 bootstrap addresses of 256 bytes, 8 RPC URLs of 256 bytes, and room for the rest */
  documentBytes: 8 * 1024
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
const bootstrapAddr = z
  .string()
  .max(256)
  .regex(/^\/[\x21-\x7e]+\/p2p\/[1-9A-HJ-NP-Za-km-z]{40,64}$/, 'expected a multiaddr that ends in /p2p/<peer id>')
const rpcUrl = z
  .string()
  .max(256)
  .regex(/^(https?|wss?):\/\/[\x21-\x7e]+$/, 'expected an http, https, ws or wss URL')

const shape = <S extends z.ZodType, A extends z.ZodType>(secret: S, account: A) =>
  z.strictObject({
    version: z.literal(1),
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,29}[a-z0-9])?$/, 'expected 1 to 31 of a-z, 0-9 and "-", no "-" at the ends'),
    /** derived from name and secret, so that two networks of one name stay apart */
    id: text(64),
    secret,
    chain: z
      .strictObject({
        chainId: uint.min(1),
        rpcUrls: z.array(rpcUrl).min(1).max(NETWORK_LIMITS.rpcUrls),
        escrow: account,
        token: account,
        /** what the escrow names as its court; for the reader, and checked against it at each start */
        court: account.optional(),
        startBlock: uint,
        confirmations: uint.max(1000),
        pollMs: uint.min(10).max(600_000).optional(),
        /** a chain for development: test accounts may be funded */
        dev: z.boolean().optional()
      })
      .nullable(),
    bootstrap: z.array(bootstrapAddr).max(NETWORK_LIMITS.bootstrap),
    roundMs: uint.min(50).max(60_000),
    /** unix milliseconds */
    createdAt: uint
  })

/** What a node must know to take part in a network. On the wire: dag-cbor with byte strings. */
export const networkDocument = shape(secretBytes, address)
/** The same as JSON text, for a file: the secret as base64url, addresses as hex. */
const networkJson = shape(secretText, addressText)

export type NetworkDocument = z.output<typeof networkDocument>
export type NetworkWire = z.input<typeof networkDocument>

/** `lab-abcd2345`: the name and 40 bits of sha256(name, secret) in base32. */
export function networkId(name: string, secret: Uint8Array): string {
  const digest = sha256(Buffer.from(`dcn/network/1\0${name}\0`), secret)
  return `${name}-${base32.encode(digest.subarray(0, 5)).slice(1)}`
}

/** A new document; `secret` is 32 random bytes from the caller. */
export function createNetworkDocument(init: Omit<NetworkDocument, 'version' | 'id'>): NetworkDocument {
  const id = networkId(init.name, init.secret)
  return parseNetworkDocument(toWire(networkDocument, { version: 1, ...init, id }, 'network document'))
}

/**
 * Checks the wire form of a document, its id included.
 *
 * @throws InvalidInputError
 */
export function parseNetworkDocument(value: unknown): NetworkDocument {
  return checkId(parse(networkDocument, value, 'network document'))
}

/** The wire form, ready for dag-cbor. */
export function networkToWire(document: NetworkDocument): NetworkWire {
  return dropUndefined(toWire(networkDocument, document, 'network document'))
}

/** The JSON text of a document for a file. It holds the network's secret. */
export function networkToJson(document: NetworkDocument): string {
  return `${JSON.stringify(toWire(networkJson, document, 'network document'), null, 2)}\n`
}

/**
 * Reads what `networkToJson` wrote (already parsed as JSON).
 *
 * @throws InvalidInputError
 */
export function networkFromJson(value: unknown): NetworkDocument {
  const document = parse(networkJson, value, 'network file') as NetworkDocument
  return parseNetworkDocument(networkToWire(document))
}

/** The id cannot be checked against one field alone, hence not in the schema. */
function checkId(document: NetworkDocument): NetworkDocument {
  const id = networkId(document.name, document.secret)
  if (document.id === id) return document
  throw new InvalidInputError('network document: id does not belong to this name and secret', {
    field: 'id',
    value: document.id,
    limit: id,
    remedy: 'take the document from its maker again'
  })
}

/** dag-cbor knows no undefined: optional keys are left out. */
function dropUndefined(wire: NetworkWire): NetworkWire {
  if (wire.chain === null) return wire
  const chain = Object.fromEntries(Object.entries(wire.chain).filter(([, v]) => v !== undefined))
  return { ...wire, chain: chain as NonNullable<NetworkWire['chain']> }
}
