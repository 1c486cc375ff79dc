import type { CID } from 'multiformats/cid'
import { asCid } from '../../protocols/job/file-engine.ts'
import { ModuleNotFoundError } from '../../protocols/modules/errors.ts'
import type { ModuleFiles } from '../../protocols/modules/files.ts'
import { MODULE_LIMITS } from '../../protocols/modules/limits.ts'
import type { AbortOptions } from '../components.ts'
import { withDeadline } from '../network/deadline.ts'
import type { Storage } from '../storage/storage.ts'
import type { ModuleSource } from './source.ts'
import { loadModule } from './store.ts'

/** A module is small: whoever has it gives it in seconds. */
const FETCH_TIMEOUT_MS = 60_000

/** Modules by `ipfs://CID`, from this node's store or from whoever has them; verified block by block. */
export function ipfsModules(storage: Pick<Storage, 'fetch' | 'exportPath'>): ModuleSource {
  return {
    async resolve(name, options = {}) {
      if (name.kind !== 'ipfs') return undefined
      const cid = asCid(name.cid)
      if (cid === undefined) throw new ModuleNotFoundError(`ipfs://${name.cid}`, 'this is no CID', 'copy the CID again')
      const files = await fetchModule(storage, cid, options)
      return { name: `ipfs://${name.cid}`, files, pinned: { cid: cid.toString() } }
    }
  }
}

/** The files of a module from this node's store or from whoever has it. @throws ContentUnavailableError, InvalidModuleError */
export async function fetchModule(
  storage: Pick<Storage, 'fetch' | 'exportPath'>,
  cid: CID,
  options: AbortOptions = {}
): Promise<ModuleFiles> {
  const limits = { maxBytes: MODULE_LIMITS.bytes, maxEntries: 2 * MODULE_LIMITS.files }
  await withDeadline('fetch the module', FETCH_TIMEOUT_MS, options.signal, signal =>
    storage.fetch(cid, { ...limits, signal })
  )
  return await loadModule(storage, cid, options)
}
