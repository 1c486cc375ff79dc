import { hash } from 'node:crypto'
import { z } from 'zod'
import { ascendingBytes } from '../common/ascending.ts'
import { InvalidInputError } from '../common/errors.ts'
import { sha256 } from '../common/hash.ts'
import { bytes, type Hex, toHex, uint } from '../common/values.ts'

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
 * The Merkle tree of RFC 6962 §2.1 over ids of 32 bytes in ascending byte order: leaf = sha256(00 ‖ id), node = sha256(01 ‖ left ‖
 * right), the left subtree as large a power of two as fits, the empty tree sha256 of nothing.
 */
export class MerkleTree {
  readonly count: number
  /** one after the other, in order */
  readonly #ids: Buffer
  /** hashes of each height, one after the other, the leaves first; what has no sibling stands for itself one height up */
  readonly #levels: Buffer[] = []

  /** @param before another tree: what stands in the same place in both is not hashed again */
  constructor(ids: readonly Uint8Array[], before?: MerkleTree) {
    this.count = ids.length
    this.#ids = inOrder(ids)
    const [oldIds, old] = before === undefined ? [Buffer.alloc(0), []] : [before.#ids, before.#levels]
    let level = leaves(this.#ids, oldIds, old[0])
    for (;;) {
      this.#levels.push(level.hashes)
      if (level.kept.length <= 1) return
      const height = this.#levels.length
      level = parents(level, old[height], sizeOf(old[height - 1]))
    }
  }

  get root(): Uint8Array {
    const top = this.#levels.at(-1)
    return top === undefined || top.byteLength === 0 ? sha256(new Uint8Array(0)) : new Uint8Array(top)
  }

  /** That `id` is in the tree, for whoever has only its root and count. @throws InvalidInputError when it is not */
  proof(id: Uint8Array): Inclusion {
    const index = this.#indexOf(id)
    if (index === undefined) throw new InvalidInputError('the id is not in the tree', { field: 'id', value: toHex(id) })
    const path: Uint8Array[] = []
    let at = index
    for (const level of this.#levels) {
      const sibling = at % 2 === 0 ? at + 1 : at - 1
      if (sibling < sizeOf(level)) path.push(new Uint8Array(hashAt(level, sibling)))
      at = Math.floor(at / 2)
    }
    return { index, path }
  }

  #indexOf(id: Uint8Array): number | undefined {
    let [low, high] = [0, this.count]
    while (low < high) {
      const middle = (low + high) >> 1
      const order = hashAt(this.#ids, middle).compare(id)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return undefined
  }
}

/** Whether a proof shows that a tree of `count` ids with this root holds `id` (RFC 9162 §2.1.3.2). Never throws. */
export function verifyInclusion(root: Hex, count: number, id: Uint8Array, { index, path }: Inclusion): boolean {
  if (index >= count || count > MAX_COUNT || path.length > MAX_PATH) return false
  let [at, last] = [index, count - 1]
  let reached = sha256(LEAF, id)
  for (const sibling of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      reached = sha256(NODE, sibling, reached)
      // a right-most node without a sibling on its level stands for itself there
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else reached = sha256(NODE, reached, sibling)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && toHex(reached) === root
}

/** The hashes of one height, and which of them another tree has in the same place. */
interface Level {
  hashes: Buffer
  kept: Uint8Array
}

const sizeOf = (hashes: Buffer | undefined): number => (hashes?.byteLength ?? 0) / HASH_BYTES
const hashAt = (hashes: Buffer, index: number): Buffer => hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
const emptyLevel = (size: number): Level => ({ hashes: Buffer.alloc(size * HASH_BYTES), kept: new Uint8Array(size) })

function inOrder(ids: readonly Uint8Array[]): Buffer {
  const sorted = Buffer.alloc(ids.length * HASH_BYTES)
  const ascending = ascendingBytes(ids)
  for (let i = 0; i < ids.length; i++) sorted.set(ids[ascending.next() as number] as Uint8Array, i * HASH_BYTES)
  return sorted
}

/** A leaf is the same wherever it stands: only new ids are hashed. */
function leaves(ids: Buffer, oldIds: Buffer, old = oldIds): Level {
  const level = emptyLevel(sizeOf(ids))
  const known = sizeOf(oldIds)
  let at = 0
  for (let i = 0; i < level.kept.length; i++) {
    let order = at < known ? compareAt(oldIds, at, ids, i) : 1
    while (order < 0) order = ++at < known ? compareAt(oldIds, at, ids, i) : 1
    if (order === 0) {
      copy(old, at, level.hashes, i)
      level.kept[i] = Number(i === at)
    } else write(level.hashes, i, leafInput, ids, i)
  }
  return level
}

/** One height up. `old` are the hashes there of another tree, which has `oldSize` below them. */
function parents({ hashes, kept }: Level, old: Buffer | undefined, oldSize: number): Level {
  const size = kept.length
  const level = emptyLevel(Math.ceil(size / 2))
  for (let i = 0; i < level.kept.length; i++) {
    const [left, right] = [2 * i, 2 * i + 1]
    const isSame = kept[left] === 1 && (right < size ? kept[right] === 1 : oldSize === right)
    if (isSame && old !== undefined) {
      copy(old, i, level.hashes, i)
      level.kept[i] = 1
    } else if (right < size) write(level.hashes, i, nodeInput, hashes, left)
    else copy(hashes, left, level.hashes, i)
  }
  return level
}

/** A prefix and room for what is hashed behind it: nothing is made anew for each of thousands of hashes. */
const leafInput = Buffer.alloc(1 + HASH_BYTES, LEAF)
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, NODE)

function write(hashes: Buffer, index: number, input: Buffer, from: Buffer, fromIndex: number): void {
  from.copy(input, 1, fromIndex * HASH_BYTES, fromIndex * HASH_BYTES + input.byteLength - 1)
  hashes.write(hash('sha256', input, 'hex'), index * HASH_BYTES, 'hex')
}

function copy(from: Buffer, fromIndex: number, to: Buffer, toIndex: number): void {
  from.copy(to, toIndex * HASH_BYTES, fromIndex * HASH_BYTES, (fromIndex + 1) * HASH_BYTES)
}

const compareAt = (a: Buffer, i: number, b: Buffer, j: number): number =>
  a.compare(b, j * HASH_BYTES, (j + 1) * HASH_BYTES, i * HASH_BYTES, (i + 1) * HASH_BYTES)
