import { z } from 'zod'
import { decodeCanonical, encode } from '../common/cbor.ts'
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

/** @throws TooLargeError, NonCanonicalError, NetworkVersionError, InvalidInputError, BadSignatureError */
export function decodeNetworkMessage(bytes: Uint8Array): NetworkMessage {
  const value = decodeCanonical(bytes, 'network message', NETWORK_MESSAGE_LIMITS.bytes)
  const { have, digest, document } = parse(schema, value, 'network message')
  return { have, digest, ...(document === undefined ? {} : { document: checkNetwork(readNetworkDocument(document)) }) }
}
