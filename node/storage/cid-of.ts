import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'
import { importBytes, importListing, list } from './import.ts'
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

export async function cidOfBytes(bytes: Uint8Array, options: AbortOptions = {}): Promise<CID> {
  return (await importBytes(NOWHERE, bytes, options)).cid
}
