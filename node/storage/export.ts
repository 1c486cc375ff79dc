import { randomBytes } from 'node:crypto'
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'
import type { VerifiedBlocks } from './blocks.ts'
import type { Totals } from './budget.ts'
import type { DagNode } from './dag.ts'
import { StorageIoError, TargetExistsError, UnsafeNameError, UnsupportedContentError } from './errors.ts'
import { fileData, loadNode, measure } from './local.ts'
import { checkName } from './names.ts'

/**
 * Writes a local tree to `path`, which must not exist. It is written beside it first and moved there when it is whole; a failure
 * leaves nothing.
 *
 * @throws TargetExistsError, UnsafeNameError, TooLargeError, UnsupportedContentError, BlockMissingError, CorruptBlockError,
 * StorageIoError
 */
export async function exportTree(
  blocks: VerifiedBlocks,
  root: CID,
  path: string,
  options: AbortOptions & { maxBytes?: number } = {}
): Promise<Totals> {
  const target = resolve(path)
  await refuseExisting(target)
  const totals = await measure(blocks, root, { maxBytes: options.maxBytes ?? Number.MAX_SAFE_INTEGER }, options)
  const temporary = `${target}.${randomBytes(6).toString('hex')}.part`
  try {
    await io(`cannot create ${dirname(target)}`, mkdir(dirname(target), { recursive: true }))
    await writeNode(blocks, root, temporary, options)
    await refuseExisting(target)
    await io(`cannot write ${target}`, rename(temporary, target))
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
  return totals
}

async function writeNode(blocks: VerifiedBlocks, cid: CID, path: string, options: AbortOptions): Promise<void> {
  options.signal?.throwIfAborted()
  const node = await loadNode(blocks, cid, options)
  if (node.kind === 'record') throw new UnsupportedContentError('a dag-cbor record as a file', cid.toString())
  if (node.kind === 'leaf' || node.kind === 'file') return writeFile(blocks, cid, path, options)
  // not recursive: an existing path here means two entries of one name
  await io(`cannot create ${path}`, mkdir(path))
  await writeEntries(blocks, node, path, options)
}

async function writeEntries(blocks: VerifiedBlocks, node: DagNode, dir: string, options: AbortOptions): Promise<void> {
  for (const { cid, name } of node.children) {
    if (name === undefined) {
      await writeEntries(blocks, await loadNode(blocks, cid, options), dir, options)
    } else {
      checkName(name)
      await writeNode(blocks, cid, join(dir, name), options).catch(error => {
        const reason = REFUSED_NAMES[codeOf(error) ?? '']
        throw reason === undefined ? error : new UnsafeNameError(name, reason)
      })
    }
  }
}

/** What the tree itself is to blame for, as no other try would help: in a directory of our own only another entry can be in the way. */
const REFUSED_NAMES: Record<string, string> = {
  EEXIST: 'is there twice, as this disk tells names apart',
  ENAMETOOLONG: 'is so deep that its path is longer than this system takes'
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof StorageIoError)) return undefined
  return (error.cause as NodeJS.ErrnoException | undefined)?.code
}

async function writeFile(blocks: VerifiedBlocks, cid: CID, path: string, options: AbortOptions): Promise<void> {
  // 'wx' refuses an existing name and never follows a link
  const file = await io(`cannot create ${path}`, open(path, 'wx', 0o644))
  try {
    for await (const bytes of fileData(blocks, cid, options)) await io(`cannot write ${path}`, file.writeFile(bytes))
  } finally {
    await file.close()
  }
}

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new StorageIoError(`cannot look at ${path}`, error)
  })
  if (found !== undefined) throw new TargetExistsError(path)
}

async function io<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new StorageIoError(what, cause)
  }
}
