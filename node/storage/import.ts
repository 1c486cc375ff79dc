import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type UnixFS, unixfs } from '@helia/unixfs'
import type { CID } from 'multiformats/cid'
import { TooLargeError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import { StorageIoError, UnsupportedContentError } from './errors.ts'
import { CHUNK_BYTES, IMPORT_SETTINGS, MAX_DEPTH, MAX_ENTRIES } from './import-settings.ts'
import { importableName } from './names.ts'
import type { Imported } from './storage.ts'

type Blockstore = Parameters<typeof unixfs>[0]['blockstore']

/** Something on disk to import; `parts` are the names from the root, none for the root itself. */
interface Entry {
  parts: string[]
  path: string
  isDirectory: boolean
  sizeBytes: number
}

export interface Listing {
  root: Entry
  entries: Entry[]
  sizeBytes: number
}

/**
 * Lists a file or a directory tree. Only regular files and directories: a link could lead anywhere on this machine.
 *
 * @throws UnsupportedContentError, UnsafeNameError, TooLargeError, StorageIoError
 */
export async function list(path: string, options: AbortOptions = {}): Promise<Listing> {
  const root = await look(resolve(path), [])
  const entries: Entry[] = []
  const todo = [root]
  let sizeBytes = 0
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    options.signal?.throwIfAborted()
    entries.push(next)
    sizeBytes += next.sizeBytes
    if (entries.length > MAX_ENTRIES) throw new TooLargeError('files to import', entries.length, MAX_ENTRIES)
    if (next.isDirectory) todo.push(...(await children(next)))
  }
  return { root, entries, sizeBytes }
}

/** Imports what was listed, with the network's settings. */
export async function importListing(
  blockstore: Blockstore,
  listing: Listing,
  options: AbortOptions = {}
): Promise<Imported> {
  const fs = unixfs({ blockstore })
  const files = listing.entries.filter(e => !e.isDirectory).length
  const counter = { bytes: 0 }
  const cid = listing.root.isDirectory
    ? await importTree(fs, listing, counter, options)
    : await fs.addByteStream(contentOf(listing.root, counter), { ...IMPORT_SETTINGS, ...options })
  return { cid, sizeBytes: counter.bytes, files }
}

export async function importBytes(
  blockstore: Blockstore,
  bytes: Uint8Array,
  options: AbortOptions = {}
): Promise<Imported> {
  const cid = await unixfs({ blockstore }).addBytes(bytes, { ...IMPORT_SETTINGS, ...options })
  return { cid, sizeBytes: bytes.byteLength, files: 1 }
}

/** A directory of content that is in the store already. */
export async function importDirectory(
  blockstore: Blockstore,
  entries: Record<string, CID>,
  options: AbortOptions = {}
): Promise<CID> {
  const fs = unixfs({ blockstore })
  let root = await fs.addDirectory({}, { ...IMPORT_SETTINGS, ...options })
  for (const [name, cid] of Object.entries(entries)) root = await fs.cp(cid, root, name, options)
  return root
}

async function importTree(
  fs: UnixFS,
  listing: Listing,
  counter: { bytes: number },
  options: AbortOptions
): Promise<CID> {
  const below = listing.entries.filter(e => e.parts.length > 0)
  if (below.length === 0) return fs.addDirectory({}, { ...IMPORT_SETTINGS, ...options })
  const candidates = below.map(entry => {
    const path = entry.parts.join('/')
    return entry.isDirectory ? { path } : { path, content: contentOf(entry, counter) }
  })
  let root: CID | undefined
  for await (const { cid, path } of fs.addAll(candidates, {
    ...IMPORT_SETTINGS,
    ...options,
    wrapWithDirectory: true
  })) {
    if (path === undefined || path === '') root = cid
  }
  if (root === undefined) throw new StorageIoError('cannot import', new Error('the importer returned no root'))
  return root
}

async function children(dir: Entry): Promise<Entry[]> {
  if (dir.parts.length >= MAX_DEPTH / 2) throw new UnsupportedContentError('nesting this deep', dir.path)
  const found: Entry[] = []
  const names = await io(`cannot read ${dir.path}`, readdir(dir.path, { encoding: 'buffer' }))
  for (const raw of names) {
    const name = importableName(raw)
    found.push(await look(join(dir.path, name), [...dir.parts, name]))
  }
  return found
}

async function look(path: string, parts: string[]): Promise<Entry> {
  const found = await io(`cannot read ${path}`, lstat(path))
  const isDirectory = found.isDirectory()
  if (!isDirectory && !found.isFile()) {
    throw new UnsupportedContentError(found.isSymbolicLink() ? 'a symbolic link' : 'a special file', path)
  }
  return { parts, path, isDirectory, sizeBytes: isDirectory ? 0 : found.size }
}

/** The file may have been swapped for a link since it was listed: links are not followed. */
async function* contentOf(entry: Entry, counter: { bytes: number }): AsyncGenerator<Uint8Array> {
  const file = await io(`cannot open ${entry.path}`, open(entry.path, constants.O_RDONLY | constants.O_NOFOLLOW))
  try {
    while (true) {
      const buffer = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(entry.sizeBytes, 1)))
      const { bytesRead } = await io(`cannot read ${entry.path}`, file.read(buffer))
      if (bytesRead === 0) return
      counter.bytes += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

async function io<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new StorageIoError(what, cause)
  }
}
