import { sha256 } from '../common/hash.ts'
import { compareBytes } from '../common/values.ts'

/** RFC 6962 §2.1 domain separation: a leaf can never be read as a node. */
const LEAF = new Uint8Array([0])
const NODE = new Uint8Array([1])

/**
 * Root of the Merkle tree of RFC 6962 §2.1 over ids in ascending byte order: leaf = sha256(00 ‖ id), node =
 * sha256(01 ‖ left ‖ right), the left subtree as large a power of two as fits, the empty tree sha256 of nothing.
 */
export function merkleRoot(ids: readonly Uint8Array[]): Uint8Array {
  return rootOf([...ids].sort(compareBytes))
}

function rootOf(sorted: readonly Uint8Array[]): Uint8Array {
  const [first] = sorted
  if (first === undefined) return sha256(new Uint8Array(0))
  if (sorted.length === 1) return sha256(LEAF, first)
  const left = 2 ** Math.ceil(Math.log2(sorted.length) - 1)
  return sha256(NODE, rootOf(sorted.slice(0, left)), rootOf(sorted.slice(left)))
}
