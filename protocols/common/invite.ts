import { toString as bytesToString } from 'uint8arrays/to-string'
import { decodeCanonical, encode } from './cbor.ts'
import { TooLargeError, UserError } from './errors.ts'
import { sha256 } from './hash.ts'
import { NETWORK_LIMITS, type NetworkDocument, networkToWire, parseNetworkDocument } from './network-document.ts'
import { compareBytes } from './values.ts'

/**
 * An invite is one line: `dcn1` and base64url of (length, document, checksum). The length (2 bytes, big-endian) tells a
 * line that was cut off from one that was mistyped; the checksum is the first 4 bytes of a sha2-256.
 */
const PREFIX = 'dcn1'
const LENGTH_BYTES = 2
const CHECKSUM_BYTES = 4
const DOMAIN = Buffer.from('dcn/invite/1\0')
/** base64 makes 4 characters of 3 bytes */
const MAX_CHARS = Math.ceil(((NETWORK_LIMITS.documentBytes + LENGTH_BYTES + CHECKSUM_BYTES) * 4) / 3) + PREFIX.length

const ASK_AGAIN = 'copy the whole line again, from "dcn1" to its end'

type InviteErrorName = 'NotAnInviteError' | 'InviteCutOffError' | 'InviteChecksumError' | 'InviteVersionError'

/** An invite that cannot be read. `name` says which way: not an invite, cut off, checksum, unknown version. */
export class InviteError extends UserError {
  constructor(name: InviteErrorName, message: string, remedy: string, value?: unknown) {
    super(name, message, { field: 'invite', remedy, value })
  }
}

export function encodeInvite(document: NetworkDocument): string {
  const body = encode(networkToWire(document))
  if (body.byteLength > NETWORK_LIMITS.documentBytes) {
    throw new TooLargeError('network document (bytes)', body.byteLength, NETWORK_LIMITS.documentBytes)
  }
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt16BE(body.byteLength)
  return PREFIX + bytesToString(Buffer.concat([length, body, checksum(body)]), 'base64url')
}

/** True for text that is meant as an invite, whatever its state: a file path never starts like this by accident. */
export function looksLikeInvite(line: string): boolean {
  return /^dcn\d[A-Za-z0-9_-]{16,}/.test(line.trim())
}

/**
 * Reads an invite that a person pasted: white space inside (a wrapped line) is ignored.
 *
 * @throws InviteError, TooLargeError, NonCanonicalError, InvalidInputError
 */
export function parseInvite(line: string): NetworkDocument {
  if (line.length > 2 * MAX_CHARS) throw new TooLargeError('invite (characters)', line.length, 2 * MAX_CHARS)
  const compact = line.replace(/\s+/g, '')
  if (!/^dcn\d/.test(compact)) {
    throw new InviteError('NotAnInviteError', 'this is not an invite: it does not start with "dcn1"', ASK_AGAIN)
  }
  if (!compact.startsWith(PREFIX)) {
    const version = compact.slice(0, PREFIX.length)
    throw new InviteError('InviteVersionError', `invite version "${version}" is unknown`, 'update dcn-node', version)
  }
  return parseNetworkDocument(
    decodeCanonical(checkedBody(compact.slice(PREFIX.length)), 'invite', NETWORK_LIMITS.documentBytes)
  )
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
