import { z } from 'zod'
import { decodeCanonical, encode } from '../common/cbor.ts'
import { InvalidInputError } from '../common/errors.ts'
import { sha256 } from '../common/hash.ts'
import { listsOf } from '../common/membership.ts'
import {
  checkNetwork,
  NETWORK_LIMITS,
  type NetworkDocument,
  networkSignedBytes,
  networkToWire,
  readNetworkDocument
} from '../common/network-document.ts'
import { parse } from '../common/parse.ts'
import { bytes32, fromHex, type Hex, toHex, uint } from '../common/values.ts'

export const NETWORK_PROTOCOL = '/dcn/network/1.0.0'

export const NETWORK_MESSAGE_LIMITS = {
  /** a document and a few bytes around it */
  bytes: NETWORK_LIMITS.documentBytes + 64,
  timeoutMs: 10_000,
  /** a tick of every neighbour and its pushes; each costs one signature check when it brings a document */
  perPeerPerSecond: 2
} as const

/**
 * One message in both directions: the revision that the sender has whole (0: none) with the digest of what was signed, and
 * the document where the other side seems to lack it.
 */
export interface NetworkMessage {
  have: number
  digest: Hex
  document?: NetworkDocument
}

const schema = z.strictObject({ have: uint, digest: bytes32, document: z.unknown().optional() })

/** What a node says of the document it has. */
export function summaryOf(document: NetworkDocument): { have: number; digest: Hex } {
  const digest = toHex(sha256(networkSignedBytes(document)))
  return { have: listsOf(document) === undefined ? 0 : document.revision, digest }
}

/** Whether whoever said `theirs` lacks what `mine` stands for; of two documents of one revision each side shows its own. */
export function lacks(theirs: { have: number; digest: Hex }, mine: { have: number; digest: Hex }): boolean {
  return mine.have > theirs.have || (mine.have === theirs.have && mine.have > 0 && mine.digest !== theirs.digest)
}

export function encodeNetworkMessage({ have, digest, document }: NetworkMessage): Uint8Array {
  const sent = document === undefined ? {} : { document: networkToWire(document) }
  return encode({ have, digest: fromHex(digest), ...sent })
}

/**
 * @param known a document that says nothing new beside this one is left out unchecked: 2,000 keys and a signature cost 10 ms,
 *   and whoever sends them again and again does nothing forbidden
 * @throws TooLargeError, NonCanonicalError, NetworkVersionError, InvalidInputError, BadSignatureError
 */
export function decodeNetworkMessage(bytes: Uint8Array, known?: NetworkDocument): NetworkMessage {
  const value = decodeCanonical(bytes, 'network message', NETWORK_MESSAGE_LIMITS.bytes)
  const { have, digest, document } = parse(schema, value, 'network message')
  if (document === undefined || (known !== undefined && !isNews(document, known))) return { have, digest }
  return { have, digest, document: whole(checkNetwork(readNetworkDocument(document))) }
}

function isNews(document: unknown, known: NetworkDocument): boolean {
  const { revision, signature } = (document ?? {}) as { revision?: unknown; signature?: unknown }
  if (typeof revision !== 'number' || revision > known.revision) return true
  if (revision < known.revision) return false
  const isSame = signature instanceof Uint8Array && toHex(signature) === known.signature
  return !isSame || listsOf(known) === undefined
}

/** Without its lists a revision would take a node's knowledge of who is a member, and who is revoked, from it. */
function whole(document: NetworkDocument): NetworkDocument {
  if (listsOf(document) !== undefined) return document
  throw new InvalidInputError('network message: a document without its lists', {
    field: 'document.membership',
    value: 'a digest',
    limit: 'members and revoked'
  })
}
