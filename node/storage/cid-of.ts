import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'
import { importBytes, importListing, type Listing, list } from './import.ts'
import type { Imported } from './storage.ts'

type Blockstore = Parameters<typeof importListing>[0]

/** The importer only puts. */
const NOWHERE = { put: async (cid: CID) => cid } as unknown as Blockstore

/** What importing a file or directory would give, without keeping a block of it. @throws those of `list` */
export async function importNowhere(path: string, options: AbortOptions = {}): Promise<Imported> {
  return await importListing(NOWHERE, await list(path, options), options)
}

export async function cidOfPath(path: string, options: AbortOptions = {}): Promise<CID> {
  return (await importNowhere(path, options)).cid
}

/**
 * The CIDs that a directory may have had before it was copied by something that leaves empty directories out: as it is, and with each of
 * `dirs` that is not there added, or that is empty left out. A directory that is gone counts as empty.
 */
export async function cidsOfCopy(path: string, dirs: readonly string[], options: AbortOptions = {}): Promise<CID[]> {
  const root = { parts: [], path, isDirectory: true, sizeBytes: 0 }
  const isGone = (await lstat(path).catch(() => undefined)) === undefined
  const listing: Listing = isGone ? { root, entries: [root], sizeBytes: 0 } : await list(path, options)
  const holds = (dir: string): number => listing.entries.filter(({ parts: [first] }) => first === dir).length
  const entryOf = (dir: string) => ({ ...root, parts: [dir], path: join(path, dir) })
  const added = [...listing.entries, ...dirs.filter(dir => holds(dir) === 0).map(entryOf)]
  const empty = new Set(dirs.filter(dir => holds(dir) === 1))
  const removed = listing.entries.filter(e => !(e.isDirectory && e.parts.length === 1 && empty.has(e.parts[0] ?? '')))
  const cids: CID[] = []
  for (const entries of [listing.entries, added, removed]) {
    cids.push((await importListing(NOWHERE, { ...listing, entries }, options)).cid)
  }
  return cids
}

export async function cidOfBytes(bytes: Uint8Array, options: AbortOptions = {}): Promise<CID> {
  return (await importBytes(NOWHERE, bytes, options)).cid
}
