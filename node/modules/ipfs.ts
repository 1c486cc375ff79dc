import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asCid } from '../../protocols/job/file-engine.ts'
import { ModuleNotFoundError } from '../../protocols/modules/errors.ts'
import { MODULE_LIMITS } from '../../protocols/modules/limits.ts'
import { withDeadline } from '../network/deadline.ts'
import type { Storage } from '../storage/storage.ts'
import { readFolder } from './folder.ts'
import type { ModuleSource } from './source.ts'

/** A module is small: whoever has it gives it in seconds. */
const FETCH_TIMEOUT_MS = 60_000

/** Modules by `ipfs://CID`, from this node's store or from whoever has them; verified block by block. */
export function ipfsModules(storage: Pick<Storage, 'fetch' | 'exportPath'>): ModuleSource {
  return {
    async resolve(name, options = {}) {
      if (name.kind !== 'ipfs') return undefined
      const cid = asCid(name.cid)
      if (cid === undefined) throw new ModuleNotFoundError(`ipfs://${name.cid}`, 'this is no CID', 'copy the CID again')
      const limits = { maxBytes: MODULE_LIMITS.bytes, maxEntries: 2 * MODULE_LIMITS.files }
      const dir = await mkdtemp(join(tmpdir(), 'dcn-module-'))
      try {
        await withDeadline('fetch the module', FETCH_TIMEOUT_MS, options.signal, signal =>
          storage.fetch(cid, { ...limits, signal })
        )
        const path = join(dir, 'module')
        await storage.exportPath(cid, path, { ...options, maxBytes: limits.maxBytes })
        return { name: `ipfs://${name.cid}`, files: await readFolder(path, options), pinned: { cid: cid.toString() } }
      } finally {
        await rm(dir, { recursive: true, force: true })
      }
    }
  }
}
