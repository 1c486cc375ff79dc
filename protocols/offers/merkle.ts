import { z } from 'zod'
import { InvalidInputError } from '../common/errors.ts'
import { sha256 } from '../common/hash.ts'
import { bytes, compareBytes, type Hex, toHex, uint } from '../common/values.ts'

/** RFC 6962 §2.1 domain separation: a leaf can never be read as a node. */
const LEAF = new Uint8Array([0])
const NODE = new Uint8Array([1])
/** Levels of a tree of 2^32 leaves, more than any book holds. */
const MAX_PATH = 32
const MAX_COUNT = 2 ** MAX_PATH
const HASH_BYTES = 32

/** Where an id stands among the sorted ids, and the audit path of RFC 6962 §2.1.1, from the leaf's sibling up. */
export const inclusion = z.strictObject({
  index: uint,
  path: z.array(bytes.refine(b => b.byteLength === HASH_BYTES, `expected ${HASH_BYTES} bytes`)).max(MAX_PATH)
})
export type Inclusion = z.output<typeof inclusion>

/**
 * Root of the Merkle tree of RFC 6962 §2.1 over ids in ascending byte order: leaf = sha256(00 ‖ id), node =
 * sha256(01 ‖ left ‖ right), the left subtree as large a power of two as fits, the empty tree sha256 of nothing.
 */
export function merkleRoot(ids: readonly Uint8Array[]): Uint8Array {
  return rootOf([...ids].sort(compareBytes))
}

/** That `id` is one of `ids`, for whoever has only their root and number. @throws InvalidInputError when it is none of them */
export function inclusionProof(ids: readonly Uint8Array[], id: Uint8Array): Inclusion {
  const sorted = [...ids].sort(compareBytes)
  const index = sorted.findIndex(other => compareBytes(other, id) === 0)
  if (index < 0) throw new InvalidInputError('the id is not in the tree', { field: 'id', value: toHex(id) })
  return { index, path: pathOf(sorted, index) }
}

/** Whether a proof shows that a tree of `count` ids with this root holds `id` (RFC 9162 §2.1.3.2). Never throws. */
export function verifyInclusion(root: Hex, count: number, id: Uint8Array, { index, path }: Inclusion): boolean {
  if (index >= count || count > MAX_COUNT || path.length > MAX_PATH) return false
  let [at, last] = [index, count - 1]
  let hash = sha256(LEAF, id)
  for (const sibling of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      hash = sha256(NODE, sibling, hash)
      // a right-most node without a sibling on its level stands for itself there
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else hash = sha256(NODE, hash, sibling)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && toHex(hash) === root
}

function rootOf(sorted: readonly Uint8Array[]): Uint8Array {
  const [first] = sorted
  if (first === undefined) return sha256(new Uint8Array(0))
  if (sorted.length === 1) return sha256(LEAF, first)
  const left = leftSize(sorted.length)
  return sha256(NODE, rootOf(sorted.slice(0, left)), rootOf(sorted.slice(left)))
}

function pathOf(sorted: readonly Uint8Array[], index: number): Uint8Array[] {
  if (sorted.length === 1) return []
  const size = leftSize(sorted.length)
  const [left, right] = [sorted.slice(0, size), sorted.slice(size)]
  return index < size ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - size), rootOf(left)]
}

/** The largest power of two below `count`. */
const leftSize = (count: number): number => 2 ** Math.ceil(Math.log2(count) - 1)
