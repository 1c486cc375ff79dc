import { unixfs } from '@helia/unixfs'
import type { CID } from 'multiformats/cid'
import { checkFiles, type ModuleFiles } from '../../protocols/modules/files.ts'
import type { AbortOptions } from '../components.ts'
import { IMPORT_SETTINGS } from '../storage/import-settings.ts'

type Blockstore = Parameters<typeof unixfs>[0]['blockstore']
/** The importer only puts. */
const NOWHERE = { put: async (cid: CID) => cid } as unknown as Blockstore

/** The CID of a module: that of the directory of its files by the network's import settings. Empty directories do not count. */
export async function cidOfFiles(files: ModuleFiles, options: AbortOptions = {}): Promise<string> {
  const candidates = [...checkFiles(files)].map(([path, content]) => ({ path, content }))
  const settings = { ...IMPORT_SETTINGS, ...options, wrapWithDirectory: true }
  let root: CID | undefined
  for await (const { cid, path } of unixfs({ blockstore: NOWHERE }).addAll(candidates, settings)) {
    if (path === undefined || path === '') root = cid
  }
  return String(root)
}
