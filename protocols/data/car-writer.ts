import type { CID } from 'multiformats/cid'
import { concat } from 'uint8arrays/concat'
import { encodeHeader } from './header.ts'
import { type CarEnd, encodeEnd } from './messages.ts'
import { varint } from './varint.ts'

/** The header of a CAR version 1 with its length. */
export function headerFrame(roots: readonly CID[]): Uint8Array {
  const body = encodeHeader(roots)
  return concat([varint(body.byteLength), body])
}

/** What goes before the bytes of a block: the length of the section, then the CID. */
export function sectionPrefix(cid: CID, blockBytes: number): Uint8Array {
  return concat([varint(cid.bytes.byteLength + blockBytes), cid.bytes])
}

/** A section of length zero, then why there is nothing more. */
export function endFrame(end: CarEnd): Uint8Array {
  const body = encodeEnd(end)
  return concat([Uint8Array.of(0), varint(body.byteLength), body])
}

/** A control frame with its length. */
export function lengthPrefixed(body: Uint8Array): Uint8Array {
  return concat([varint(body.byteLength), body])
}
