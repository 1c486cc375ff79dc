import type { CID } from 'multiformats/cid'
import { nodeKey } from '../../protocols/data/node-key.ts'
import type { TreeBudget } from './budget.ts'
import type { DagNode } from './dag.ts'
import { UnsupportedContentError } from './errors.ts'
import { MAX_DEPTH } from './import-settings.ts'

/** A node and its sizes; a walk over local blocks need not read the leaves. */
export interface Loaded {
  node: Omit<DagNode, 'data'>
  fileBytes: number
  blockBytes: number
}

export interface WalkOptions {
  /** loads at the same time @default no limit: `load` has its own */
  concurrency?: number
  /** told at once; the walk ends when the loads in progress have */
  onError?: (error: unknown) => void
}

interface Pending {
  cid: CID
  depth: number
}

/**
 * Visits every block under `root` once, several at a time, counting into the budget. The first error ends the walk after the
 * loads in progress have settled: `load` should watch a signal that `onError` aborts.
 */
export function walk(
  root: CID,
  load: (cid: CID) => Promise<Loaded>,
  budget: TreeBudget,
  { concurrency = Number.POSITIVE_INFINITY, onError }: WalkOptions = {}
): Promise<void> {
  const todo: Pending[] = [{ cid: root, depth: 0 }]
  const seen = new Set([nodeKey(root)])
  const end = Promise.withResolvers<void>()
  let running = 0
  let failed: { error: unknown } | undefined

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

  const fail = (error: unknown): void => {
    if (failed !== undefined) return
    failed = { error }
    onError?.(error)
  }

  const goOn = (): void => {
    while (failed === undefined && running < concurrency) {
      const next = todo.pop()
      if (next === undefined) break
      running++
      visit(next)
        .catch(fail)
        .finally(() => {
          running--
          goOn()
        })
    }
    if (running > 0) return
    if (failed === undefined) end.resolve()
    else end.reject(failed.error)
  }

  goOn()
  return end.promise
}
