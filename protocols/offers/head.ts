import { z } from 'zod'
import { encode } from '../common/cbor.ts'
import { BadSignatureError } from '../common/errors.ts'
import { parse, toWire } from '../common/parse.ts'
import { bytes, bytes32, fromHex, text, toHex, uint } from '../common/values.ts'
import type { Sign } from './fact.ts'
import type { MerkleTree } from './merkle.ts'
import type { VerifyContext } from './verify-fact.ts'

/** What a node's book came to at a round. `type` keeps the signature from ever passing for a fact's. */
export const bookHead = z.strictObject({
  type: z.literal('head'),
  version: z.literal(1),
  network: text(64),
  /** raw Ed25519 public key of the node whose book it is */
  peerKey: bytes32,
  round: uint,
  /** Merkle root (merkle.ts) over the digests of the live offers */
  root: bytes32,
  count: uint
})
export type BookHead = z.output<typeof bookHead>

export const signedHead = z.strictObject({
  head: bookHead,
  signature: bytes.refine(b => b.byteLength === 64, 'expected 64 bytes')
})
export type SignedHead = z.output<typeof signedHead>

/** The head of a book whose live offers make this tree. */
export function headOf(
  { root, count }: Pick<MerkleTree, 'root' | 'count'>,
  { network, peerKey, round }: Pick<BookHead, 'network' | 'peerKey' | 'round'>
): BookHead {
  return { type: 'head', version: 1, network, peerKey, round, root: toHex(root), count }
}

/** Signs what the book says (`OfferBook.head`) as this node. */
export async function signHead(head: BookHead, sign: Sign): Promise<SignedHead> {
  return { head, signature: await sign(headBytes(head)) }
}

/** A head as it travels. @throws InvalidInputError */
export const parseHead = (value: unknown): SignedHead => parse(signedHead, value, 'book head')

/** @throws BadSignatureError */
export async function verifyHead(signed: SignedHead, verify: VerifyContext['verifyEd25519']): Promise<SignedHead> {
  const valid = await verify(fromHex(signed.head.peerKey), headBytes(signed.head), signed.signature)
  if (!valid) throw new BadSignatureError('book head', { field: 'signature', value: signed.head.peerKey })
  return signed
}

function headBytes(head: BookHead): Uint8Array {
  return encode(toWire(bookHead, head, 'book head'))
}
