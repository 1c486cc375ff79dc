import type { CID } from 'multiformats/cid'
import type { AbortOptions } from '../components.ts'
import { importListing, list } from './import.ts'

type Blockstore = Parameters<typeof importListing>[0]

/** The CID that a file or directory would be imported as, without keeping a block of it. @throws those of `list` */
export async function cidOfPath(path: string, options: AbortOptions = {}): Promise<CID> {
  const nowhere = { put: async (cid: CID) => cid } as unknown as Blockstore
  return (await importListing(nowhere, await list(path, options), options)).cid
}
