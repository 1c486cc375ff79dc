import type { CID } from 'multiformats/cid'
import { nodeKey, type TreeBudget } from './budget.ts'
import type { DagNode } from './dag.ts'
import { UnsupportedContentError } from './errors.ts'
import { MAX_DEPTH } from './import-settings.ts'

/** A node and its sizes; a walk over local blocks need not read the leaves. */
export interface Loaded {
  node: Omit<DagNode, 'data'>
  fileBytes: number
  blockBytes: number
}

interface Pending {
  cid: CID
  depth: number
}

/**
 * Visits every block under `root` once, several at a time, counting into the budget. The first error ends the walk after the
 * loads in progress have settled: `load` should watch a signal that `onError` aborts.
 */
export async function walk(
  root: CID,
  load: (cid: CID) => Promise<Loaded>,
  budget: TreeBudget,
  options: { concurrency: number; onError?: (error: unknown) => void }
): Promise<void> {
  const todo: Pending[] = [{ cid: root, depth: 0 }]
  const seen = new Set([nodeKey(root)])
  const running = new Set<Promise<void>>()

  const visit = async ({ cid, depth }: Pending): Promise<void> => {
    const { node, ...sizes } = await load(cid)
    budget.add(cid, node, sizes)
    if (node.children.length > 0 && depth >= MAX_DEPTH) {
      throw new UnsupportedContentError(`nesting deeper than ${MAX_DEPTH}`, cid.toString())
    }
    // last first, because the next is taken from the end: files arrive in order
    for (const { cid: child } of node.children.toReversed()) {
      const key = nodeKey(child)
      if (seen.has(key)) continue
      seen.add(key)
      todo.push({ cid: child, depth: depth + 1 })
    }
  }

  try {
    while (todo.length > 0 || running.size > 0) {
      while (running.size < options.concurrency) {
        const next = todo.pop()
        if (next === undefined) break
        const job = visit(next).finally(() => running.delete(job))
        running.add(job)
      }
      await Promise.race(running)
    }
  } catch (error) {
    options.onError?.(error)
    await Promise.allSettled(running)
    throw error
  }
}
