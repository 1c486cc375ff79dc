import type { CID } from 'multiformats/cid'
import { type Totals, TreeBudget } from './budget.ts'
import { parseNode } from './dag.ts'
import { BlockSource, type SourceComponents } from './source.ts'
import type { FetchOptions } from './storage.ts'
import { walk } from './walk.ts'

/** Blocks asked for at the same time: enough to fill a link at 100 ms, at most 32 MiB of memory. */
const CONCURRENCY = 16

/**
 * Brings the DAG under `root` into the local store. What has arrived stays there if the fetch fails, so a retry resumes.
 *
 * @throws ContentUnavailableError, TooLargeError, UnsupportedContentError, QuotaExceededError
 */
export async function fetchDag(
  c: SourceComponents,
  root: CID,
  options: FetchOptions,
  stallMs: number
): Promise<Totals> {
  const stop = new AbortController()
  const onAbort = (): void => stop.abort(options.signal?.reason)
  options.signal?.throwIfAborted()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const source = new BlockSource(c, root, options.from, stop.signal, stallMs)
  const budget = new TreeBudget(options)
  try {
    await walk(
      root,
      async cid => {
        const bytes = await source.get(cid)
        const node = parseNode(cid, bytes)
        options.onProgress?.(budget.fileBytes + node.data.byteLength)
        return { node, fileBytes: node.data.byteLength, blockBytes: bytes.byteLength }
      },
      budget,
      { concurrency: CONCURRENCY, onError: error => stop.abort(error) }
    )
    return budget.totals(root)
  } finally {
    source.close()
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** One block, local or from the source; nothing below it. */
export async function fetchBlock(
  c: SourceComponents,
  cid: CID,
  options: FetchOptions,
  stallMs: number
): Promise<Uint8Array> {
  const source = new BlockSource(c, cid, options.from, options.signal ?? new AbortController().signal, stallMs)
  try {
    return await source.get(cid)
  } finally {
    source.close()
  }
}
