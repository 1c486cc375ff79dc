import type { CID } from 'multiformats/cid'
import { UserError } from '../../protocols/common/errors.ts'
import type { VerifiedBlocks } from './blocks.ts'
import { type Totals, TreeBudget } from './budget.ts'
import { parseNode } from './dag.ts'
import { limiter } from './lock.ts'
import { type SourceComponents, Sources } from './sources.ts'
import type { FetchOptions } from './storage.ts'
import { walk } from './walk.ts'

/** Local blocks read at the same time, and blocks asked for by bitswap: enough to fill a link at 100 ms, at most 32 MiB. */
const CONCURRENCY = 16

export interface FetchComponents extends SourceComponents {
  blocks: VerifiedBlocks
}

/**
 * Brings the DAG under `root` into the local store. What has arrived stays there if the fetch fails, so a retry resumes.
 *
 * @throws ContentUnavailableError, TooLargeError, UnsupportedContentError, QuotaExceededError
 */
export async function fetchDag(c: FetchComponents, root: CID, options: FetchOptions, stallMs: number): Promise<Totals> {
  const stop = new AbortController()
  const onAbort = (): void => stop.abort(options.signal?.reason)
  options.signal?.throwIfAborted()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  // one limit for this DAG, so that one fetch cannot take the wants of all
  const ofDag = limiter(CONCURRENCY)
  const limit: FetchComponents['limit'] = work => ofDag(() => c.limit(work))
  const asked = sourcesOf(options)
  const sources = new Sources({ ...c, limit }, { root, ...asked, bulk: true, signal: stop.signal, stallMs })
  const budget = new TreeBudget(options)
  const reads = limiter(CONCURRENCY)
  const load = async (cid: CID) => {
    const local = await reads(() => readLocal(c.blocks, cid, stop.signal))
    if (local !== undefined) sources.found(cid)
    const bytes = local ?? (await sources.get(cid))
    const node = parseNode(cid, bytes)
    options.onProgress?.(budget.fileBytes + node.data.byteLength)
    return { node, fileBytes: node.data.byteLength, blockBytes: bytes.byteLength }
  }
  try {
    await walk(root, load, budget, { onError: error => stop.abort(error) })
    return budget.totals(root)
  } finally {
    sources.close()
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** One block, local or from the sources; nothing below it. */
export async function fetchBlock(
  c: FetchComponents,
  cid: CID,
  options: FetchOptions,
  stallMs: number
): Promise<Uint8Array> {
  const signal = options.signal ?? new AbortController().signal
  const local = await readLocal(c.blocks, cid, signal)
  if (local !== undefined) return local
  const sources = new Sources(c, { root: cid, ...sourcesOf(options), bulk: false, signal, stallMs })
  try {
    return await sources.get(cid)
  } finally {
    sources.close()
  }
}

function sourcesOf({ from = [], only = false }: FetchOptions) {
  return { from: 'peer' in from ? [from] : from, only }
}

/** undefined when it is missing, damaged (and removed) or unreadable: the network may still have it */
async function readLocal(blocks: VerifiedBlocks, cid: CID, signal: AbortSignal): Promise<Uint8Array | undefined> {
  signal.throwIfAborted()
  try {
    return await blocks.read(cid, { signal })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UserError) return undefined
    throw error
  }
}
