import type { CID } from 'multiformats/cid'
import { TooLargeError } from '../../protocols/common/errors.ts'
import { nodeKey } from '../../protocols/data/node-key.ts'
import type { DagNode } from './dag.ts'
import { UnsupportedContentError } from './errors.ts'
import { MAX_DEPTH, MAX_ENTRIES } from './import-settings.ts'

export interface TreeLimits {
  /** file bytes, counted as often as they would be written */
  maxBytes: number
  /** files and directories, counted as often as they would be written @default 100000 */
  maxEntries?: number
}

export interface Totals {
  sizeBytes: number
  files: number
}

interface Summary extends Totals {
  entries: number
  height: number
}

interface Known {
  kind: DagNode['kind']
  ownBytes: number
  children: { key: string; named: boolean }[]
}

/** A directory entry costs its name (≤ 255 bytes), a CID and its framing. */
const TREE_BYTES_PER_ENTRY = 512
/** Chunk lists of large files: 1024 links of about 50 bytes for a GiB; and the few blocks that every tree has. */
const TREE_BYTES_BASE = 64 * 1024
const TREE_SHARE = 1 / 1024

const ALLOWED_CHILDREN: Record<DagNode['kind'], ReadonlySet<DagNode['kind']>> = {
  leaf: new Set(),
  file: new Set(['leaf', 'file']),
  directory: new Set(['leaf', 'file', 'directory', 'shard']),
  shard: new Set(['leaf', 'file', 'directory', 'shard']),
  record: new Set(['leaf', 'file', 'directory', 'shard', 'record'])
}

/**
 * Keeps count of a DAG while its blocks arrive, each block once, and refuses it as soon as a limit is broken. `totals` counts
 * what a tree would be on disk, where a block that is linked a million times is a million files.
 */
export class TreeBudget {
  readonly #maxBytes: number
  readonly #maxEntries: number
  readonly #maxChunkListBytes: number
  readonly #maxTreeBytes: number
  readonly #known = new Map<string, Known>()
  #fileBytes = 0
  #treeBytes = 0
  #entries = 0

  constructor(limits: TreeLimits) {
    this.#maxBytes = limits.maxBytes
    this.#maxEntries = limits.maxEntries ?? MAX_ENTRIES
    this.#maxChunkListBytes = TREE_BYTES_BASE + Math.ceil(this.#maxBytes * TREE_SHARE)
    this.#maxTreeBytes = this.#maxChunkListBytes + this.#maxEntries * TREE_BYTES_PER_ENTRY
  }

  /** file bytes seen so far */
  get fileBytes(): number {
    return this.#fileBytes
  }

  has(cid: CID): boolean {
    return this.#known.has(nodeKey(cid))
  }

  /** @throws TooLargeError */
  add(cid: CID, node: Omit<DagNode, 'data'>, sizes: { fileBytes: number; blockBytes: number }): void {
    const named = node.children.filter(c => c.name !== undefined).length
    this.#fileBytes += sizes.fileBytes
    this.#treeBytes += sizes.blockBytes - sizes.fileBytes
    this.#entries += named
    const claimed = node.children.reduce((sum, c) => sum + c.claimedBytes, 0)
    this.#checkBytes(this.#fileBytes)
    this.#checkBytes(claimed - (isFile(node) ? this.#maxChunkListBytes : this.#maxTreeBytes))
    this.#checkEntries(this.#entries)
    if (this.#treeBytes > this.#maxTreeBytes) {
      throw new TooLargeError('directories (bytes)', this.#treeBytes, this.#maxTreeBytes)
    }
    const children = node.children.map(c => ({ key: nodeKey(c.cid), named: c.name !== undefined }))
    this.#known.set(nodeKey(cid), { kind: node.kind, ownBytes: sizes.fileBytes, children })
  }

  /** @throws TooLargeError, UnsupportedContentError */
  totals(root: CID): Totals {
    const memo = new Map<string, Summary>()
    const { sizeBytes, files } = this.#summarise(nodeKey(root), 0, memo)
    return { sizeBytes, files }
  }

  #summarise(key: string, depth: number, memo: Map<string, Summary>): Summary {
    const done = memo.get(key)
    if (depth + (done?.height ?? 0) > MAX_DEPTH) {
      throw new UnsupportedContentError(`nesting deeper than ${MAX_DEPTH}`, 'content')
    }
    if (done !== undefined) return done
    const node = this.#known.get(key)
    if (node === undefined) throw new UnsupportedContentError('an incomplete tree', 'content')
    const sum: Summary = { sizeBytes: node.ownBytes, files: 0, entries: 1, height: 0 }
    for (const child of node.children) {
      this.#checkKind(node, child)
      const below = this.#summarise(child.key, depth + 1, memo)
      sum.sizeBytes += below.sizeBytes
      sum.files += below.files
      sum.entries += isFile(node) ? 0 : below.entries
      sum.height = Math.max(sum.height, below.height + 1)
      this.#checkBytes(sum.sizeBytes)
      this.#checkEntries(sum.entries)
    }
    if (isFile(node)) sum.files = 1
    memo.set(key, sum)
    return sum
  }

  #checkKind(parent: Known, child: { key: string; named: boolean }): void {
    const kind = this.#known.get(child.key)?.kind ?? 'leaf'
    const isSubShard = parent.kind === 'shard' && !child.named
    const ok = isSubShard ? kind === 'shard' : ALLOWED_CHILDREN[parent.kind].has(kind)
    if (!ok) throw new UnsupportedContentError(`a ${kind} inside a ${parent.kind}`, 'content')
  }

  #checkBytes(bytes: number): void {
    if (bytes > this.#maxBytes) throw new TooLargeError('content (bytes)', bytes, this.#maxBytes)
  }

  #checkEntries(entries: number): void {
    if (entries > this.#maxEntries) throw new TooLargeError('content (entries)', entries, this.#maxEntries)
  }
}

/** However many blocks it has, a file is one entry. */
function isFile(node: Pick<DagNode, 'kind'>): boolean {
  return node.kind === 'leaf' || node.kind === 'file'
}
