import type { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import type { AbortOptions } from '../components.ts'
import type { VerifiedBlocks } from './blocks.ts'
import { type Totals, TreeBudget, type TreeLimits } from './budget.ts'
import { type DagNode, parseNode } from './dag.ts'
import { BlockMissingError } from './errors.ts'
import { type Loaded, walk } from './walk.ts'

const CONCURRENCY = 16

/** @throws BlockMissingError, CorruptBlockError, UnsupportedContentError */
export async function loadNode(blocks: VerifiedBlocks, cid: CID, options: AbortOptions = {}): Promise<DagNode> {
  return parseNode(cid, await blocks.read(cid, options))
}

/** A node without its data; the size of a leaf is looked up instead of read. */
export async function loadShape(blocks: VerifiedBlocks, cid: CID, options: AbortOptions = {}): Promise<Loaded> {
  options.signal?.throwIfAborted()
  const size = await blocks.sizeOf(cid)
  if (size === undefined) throw new BlockMissingError(cid)
  if (cid.code === raw.code) return { node: { kind: 'leaf', children: [] }, fileBytes: size, blockBytes: size }
  const node = await loadNode(blocks, cid, options)
  return { node, fileBytes: node.data.byteLength, blockBytes: size }
}

/** What a local tree would be on disk. @throws also TooLargeError */
export async function measure(
  blocks: VerifiedBlocks,
  root: CID,
  limits: TreeLimits,
  options: AbortOptions = {}
): Promise<Totals> {
  const budget = new TreeBudget(limits)
  await walk(root, cid => loadShape(blocks, cid, options), budget, { concurrency: CONCURRENCY })
  return budget.totals(root)
}

/** The data of a file, piece by piece, each hashed again. The tree has been measured before, so its depth is bounded. */
export async function* fileData(
  blocks: VerifiedBlocks,
  cid: CID,
  options: AbortOptions = {}
): AsyncGenerator<Uint8Array> {
  const node = await loadNode(blocks, cid, options)
  if (node.data.byteLength > 0) yield node.data
  for (const child of node.children) yield* fileData(blocks, child.cid, options)
}
