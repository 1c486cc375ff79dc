import { constants, createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { extract, type Headers, type Pack, pack } from 'tar-stream'
import { TooLargeError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import { UnsafeNameError, UnsupportedContentError } from '../storage/errors.ts'
import { list } from '../storage/import.ts'
import { MAX_DEPTH, MAX_ENTRIES } from '../storage/import-settings.ts'
import { checkName } from '../storage/names.ts'

/** A file or directory with the name that it has in the archive. */
export interface Packed {
  name: string
  path: string
}

/** Nothing of this machine goes with a file but its name and bytes. */
const PLAIN = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) }

/** A tar of files and directories; the stream fails when one of them cannot be read. */
export async function packTrees(trees: readonly Packed[], options: AbortOptions = {}): Promise<Readable> {
  const listings = await Promise.all(
    trees.map(async tree => ({ tree, entries: (await list(tree.path, options)).entries }))
  )
  const tar = pack()
  // its reader is told; a file may fail before there is one
  tar.on('error', () => undefined)
  const feed = async (): Promise<void> => {
    for (const { tree, entries } of listings) {
      for (const { parts, path, isDirectory, sizeBytes } of entries) {
        options.signal?.throwIfAborted()
        const name = [tree.name, ...parts].join('/')
        await (isDirectory ? addDirectory(tar, name) : addFile(tar, name, path, sizeBytes))
      }
    }
    tar.finalize()
  }
  feed().catch(error => tar.destroy(error))
  return Readable.from(tar)
}

/** Read without an entry to show for it. The reader keeps extended headers whole in memory, and a header says itself how long it is; ours name a path. */
const MAX_HEADER_BYTES = 1024 * 1024

/** What came of an archive so far. */
interface Budget {
  bytes: number
  entries: number
  /** read since the last entry, or the last bytes of one, was taken */
  headerBytes: number
}

/**
 * Writes what a tar holds below `dir`, which exists and is empty: regular files and directories with safe names, each once.
 *
 * @throws UnsafeNameError, UnsupportedContentError, TooLargeError
 */
export async function unpack(tar: Readable, dir: string, limits: { maxBytes: number } & AbortOptions): Promise<void> {
  const budget: Budget = { bytes: 0, entries: 0, headerBytes: 0 }
  const entries = extract()
  const stop = (): void => void entries.destroy(limits.signal?.reason)
  limits.signal?.addEventListener('abort', stop, { once: true })
  tar.on('data', (chunk: Uint8Array) => {
    budget.headerBytes += chunk.byteLength
    if (budget.headerBytes <= MAX_HEADER_BYTES) return
    entries.destroy(new TooLargeError('a tar header (bytes)', budget.headerBytes, MAX_HEADER_BYTES))
  })
  tar.on('error', error => entries.destroy(error)).pipe(entries)
  try {
    for await (const entry of entries) await place(entry.header, entry, dir, budget, limits.maxBytes)
  } finally {
    limits.signal?.removeEventListener('abort', stop)
    tar.destroy()
  }
}

async function place(
  { name, type, size = 0 }: Headers,
  content: AsyncIterable<Uint8Array>,
  dir: string,
  budget: Budget,
  maxBytes: number
): Promise<void> {
  budget.headerBytes = 0
  if (type !== 'file' && type !== 'directory') throw new UnsupportedContentError(`a tar entry of type ${type}`, name)
  // an extended header may say anything
  if (!Number.isSafeInteger(size) || size < 0) throw new UnsupportedContentError('a tar entry of no size', name)
  budget.bytes += size
  if (budget.bytes > maxBytes) throw new TooLargeError('sealed files (bytes)', budget.bytes, maxBytes)
  if (++budget.entries > MAX_ENTRIES) throw new TooLargeError('sealed files', budget.entries, MAX_ENTRIES)
  const parts = (type === 'directory' ? name.replace(/\/$/, '') : name).split('/')
  if (parts.length > MAX_DEPTH / 2) throw new UnsupportedContentError('nesting this deep', name)
  for (const part of parts) checkName(part)
  const path = join(dir, ...parts)
  if (type === 'directory') return await once(name, mkdir(path))
  // 'wx' refuses an existing name and never follows a link
  const file = await once(name, open(path, 'wx', 0o644))
  try {
    for await (const chunk of content) {
      budget.headerBytes = 0
      await file.writeFile(chunk)
    }
  } finally {
    await file.close()
  }
}

/** A directory comes before what is in it, and no name twice: the order in which `packTrees` writes. */
async function once<T>(name: string, made: Promise<T>): Promise<T> {
  try {
    return await made
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENAMETOOLONG') throw new UnsafeNameError(name, 'makes a path longer than this system takes')
    if (code !== 'EEXIST' && code !== 'ENOENT' && code !== 'ENOTDIR') throw cause
    throw new UnsafeNameError(name, 'appears twice in the archive, or before its directory')
  }
}

async function addDirectory(tar: Pack, name: string): Promise<void> {
  await added(done => tar.entry({ ...PLAIN, name, type: 'directory', mode: 0o755 }, done))
}

/** The file may have been swapped for a link since it was listed, or grown: links are not followed, and the size is what was listed. */
async function addFile(tar: Pack, name: string, path: string, size: number): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW
  const content =
    size === 0 ? Readable.from([]) : createReadStream(path, { flags: flags as unknown as string, end: size - 1 })
  await added((done, failed) => {
    const entry = tar.entry({ ...PLAIN, name, size, type: 'file', mode: 0o644 }, done)
    // a pipe leaves its source open when its end goes, and an error that nobody listens for ends the process
    entry.on('error', failed).on('close', () => content.destroy())
    content.on('error', failed).pipe(entry)
  })
}

/** An entry is in the archive when the packer says so, not when its stream has ended. */
function added(add: (done: (error?: Error | null) => void, failed: (error: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => add(error => (error == null ? resolve() : reject(error)), reject))
}
