import { toString as bytesToString } from 'uint8arrays/to-string'
import { z } from 'zod'
import { decodeCanonical, encode } from './cbor.ts'
import { TooLargeError, UserError } from './errors.ts'
import { sha256 } from './hash.ts'
import { listsDigest } from './membership.ts'
import {
  checkNetwork,
  NETWORK_LIMITS,
  type NetworkDocument,
  networkToWire,
  peerAddr,
  readNetworkDocument
} from './network-document.ts'
import { parse } from './parse.ts'
import { compareBytes } from './values.ts'

/**
 * An invite is one line: `dcn1` and base64url of (length, body, checksum). The length (2 bytes, big-endian) tells a
 * line that was cut off from one that was mistyped; the checksum is the first 4 bytes of a sha2-256. The body holds the
 * signed document and, beside it and unsigned, where members were reached when the invite was made: any member can print
 * one. A false hint leads to a peer that fails the network's gate, and nowhere else.
 */
const PREFIX = 'dcn1'
const LENGTH_BYTES = 2
const CHECKSUM_BYTES = 4
const DOMAIN = Buffer.from('dcn/invite/1\0')
export const INVITE_LIMITS = {
  hints: 8,
  /** a document without long lists, and the hints of 256 bytes */
  bytes: NETWORK_LIMITS.coreBytes + 2 * 1024,
  /** keys of members and revoked peers that still go into the line: more are fetched from a member */
  listedKeys: 8
} as const
/** base64 makes 4 characters of 3 bytes */
const MAX_CHARS = Math.ceil(((INVITE_LIMITS.bytes + LENGTH_BYTES + CHECKSUM_BYTES) * 4) / 3) + PREFIX.length
const inviteBody = z.strictObject({
  document: z.unknown().refine(v => v !== undefined, 'expected a network document'),
  hints: z.array(peerAddr).max(INVITE_LIMITS.hints)
})

/** What an invite says: the network as its owner signed it, and addresses that nobody vouches for. */
export interface Invitation {
  document: NetworkDocument
  hints: string[]
}

const ASK_AGAIN = 'copy the whole line again, from "dcn1" to its end'

type InviteErrorName = 'NotAnInviteError' | 'InviteCutOffError' | 'InviteChecksumError' | 'InviteVersionError'

/** An invite that cannot be read. `name` says which way: not an invite, cut off, checksum, unknown version. */
export class InviteError extends UserError {
  constructor(name: InviteErrorName, message: string, remedy: string, value?: unknown) {
    super(name, message, { field: 'invite', remedy, value })
  }
}

/** @param hints multiaddrs with /p2p/<id>; the first 8 are taken. @throws TooLargeError */
export function encodeInvite(document: NetworkDocument, hints: readonly string[] = []): string {
  const wire = { document: networkToWire(brief(document)), hints: [...new Set(hints)].slice(0, INVITE_LIMITS.hints) }
  const body = encode(wire)
  if (body.byteLength > INVITE_LIMITS.bytes) {
    throw new TooLargeError('invite (bytes)', body.byteLength, INVITE_LIMITS.bytes)
  }
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt16BE(body.byteLength)
  return PREFIX + bytesToString(Buffer.concat([length, body, checksum(body)]), 'base64url')
}

/** An invite must stay a line that a person can paste: long lists are replaced by their digest. */
function brief(document: NetworkDocument): NetworkDocument {
  const { membership } = document
  if (!('members' in membership)) return document
  if (membership.members.length + membership.revoked.length <= INVITE_LIMITS.listedKeys) return document
  return { ...document, membership: { policy: membership.policy, digest: listsDigest(membership) } }
}

/** True for text that is meant as an invite, whatever its state: a file path never starts like this by accident. */
export function looksLikeInvite(line: string): boolean {
  return /^dcn\d[A-Za-z0-9_-]{16,}/.test(line.trim())
}

/**
 * Reads an invite that a person pasted: white space inside (a wrapped line) is ignored.
 *
 * @throws InviteError, TooLargeError, NonCanonicalError, NetworkVersionError, InvalidInputError, BadSignatureError
 */
export function parseInvite(line: string): Invitation {
  const { document, hints } = readInvite(line)
  return { document: checkNetwork(document), hints }
}

/** The same without the document's id and signature: for whoever wants to say what was changed in it. */
export function readInvite(line: string): Invitation {
  if (line.length > 2 * MAX_CHARS) throw new TooLargeError('invite (characters)', line.length, 2 * MAX_CHARS)
  const compact = line.replace(/\s+/g, '')
  if (!/^dcn\d/.test(compact)) {
    throw new InviteError('NotAnInviteError', 'this is not an invite: it does not start with "dcn1"', ASK_AGAIN)
  }
  if (!compact.startsWith(PREFIX)) {
    const version = compact.slice(0, PREFIX.length)
    throw new InviteError('InviteVersionError', `invite version "${version}" is unknown`, 'update dcn-node', version)
  }
  const value = decodeCanonical(checkedBody(compact.slice(PREFIX.length)), 'invite', INVITE_LIMITS.bytes)
  // an invite of version 1 was the unsigned document itself
  if (typeof value === 'object' && value !== null && 'version' in value) readNetworkDocument(value)
  const { document, hints } = parse(inviteBody, value, 'invite')
  return { document: readNetworkDocument(document), hints }
}

function decodeText(text: string): Uint8Array {
  const bad = /[^A-Za-z0-9_-]/.exec(text)
  if (bad !== null) {
    throw new InviteError('NotAnInviteError', `an invite has no character "${bad[0]}"`, ASK_AGAIN, bad[0])
  }
  return Buffer.from(text, 'base64url')
}

function checkedBody(text: string): Uint8Array {
  const payload = decodeText(text)
  const expected = payload.byteLength < LENGTH_BYTES ? Infinity : Buffer.from(payload).readUInt16BE(0)
  const end = LENGTH_BYTES + expected
  if (payload.byteLength < end + CHECKSUM_BYTES) {
    throw new InviteError('InviteCutOffError', 'the invite is cut off: its end is missing', ASK_AGAIN)
  }
  const body = payload.subarray(LENGTH_BYTES, end)
  // the last character may hold bits that no byte needs: they must be as written
  const asWritten = payload.byteLength === end + CHECKSUM_BYTES && bytesToString(payload, 'base64url') === text
  if (!asWritten || compareBytes(checksum(body), payload.subarray(end)) !== 0) {
    throw new InviteError('InviteChecksumError', 'the invite has a wrong checksum: a character was changed', ASK_AGAIN)
  }
  return body
}

function checksum(body: Uint8Array): Uint8Array {
  return sha256(DOMAIN, body).subarray(0, CHECKSUM_BYTES)
}
