import type { CID } from 'multiformats/cid'
import { UserError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import { blockKey, type VerifiedBlocks } from './blocks.ts'
import { loadShape } from './local.ts'

/**
 * Removes every block that no root reaches. Marks with its own walk over what is local: a pinned tree that is not complete keeps
 * what it has. The caller holds the exclusive lock.
 */
export async function markAndSweep(
  blocks: VerifiedBlocks,
  roots: Iterable<CID>,
  options: AbortOptions = {}
): Promise<{ removedBlocks: number; freedBytes: number }> {
  const keep = await mark(blocks, roots, options)
  let removedBlocks = 0
  let freedBytes = 0
  for await (const { key } of blocks.entries()) {
    options.signal?.throwIfAborted()
    if (keep.has(key)) continue
    freedBytes += await blocks.deleteKey(key)
    removedBlocks++
  }
  return { removedBlocks, freedBytes }
}

async function mark(blocks: VerifiedBlocks, roots: Iterable<CID>, options: AbortOptions): Promise<Set<string>> {
  const keep = new Set<string>()
  /** by codec too: a raw leaf and a dag-pb node may be the same bytes, and only one of them has links */
  const visited = new Set<string>()
  const todo = [...roots]
  for (let cid = todo.pop(); cid !== undefined; cid = todo.pop()) {
    const key = blockKey(cid)
    const visit = `${cid.code}:${key}`
    if (visited.has(visit)) continue
    visited.add(visit)
    keep.add(key)
    for (const child of await childrenOf(blocks, cid, options)) todo.push(child)
  }
  return keep
}

/** A block that is missing, damaged or of an unknown kind has no children here. */
async function childrenOf(blocks: VerifiedBlocks, cid: CID, options: AbortOptions): Promise<CID[]> {
  try {
    return (await loadShape(blocks, cid, options)).node.children.map(c => c.cid)
  } catch (error) {
    if (error instanceof UserError) return []
    throw error
  }
}
