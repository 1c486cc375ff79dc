import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { checkFiles, type ModuleFiles } from '../../protocols/modules/files.ts'
import { MODULE_LIMITS } from '../../protocols/modules/limits.ts'
import type { AbortOptions } from '../components.ts'
import type { Storage } from '../storage/storage.ts'
import { readFolder } from './folder.ts'

/** Puts a module into the content store, where others find it by its CID; nothing is pinned yet. */
export async function storeModule(
  storage: Pick<Storage, 'importPath'>,
  files: ModuleFiles,
  options: AbortOptions = {}
): Promise<CID> {
  const dir = await mkdtemp(join(tmpdir(), 'dcn-module-'))
  try {
    for (const [path, bytes] of checkFiles(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true })
      await writeFile(join(dir, path), bytes, { flag: 'wx' })
    }
    return (await storage.importPath(dir, options)).cid
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The files of a module whose blocks are in the store. */
export async function loadModule(
  storage: Pick<Storage, 'exportPath'>,
  cid: CID,
  options: AbortOptions = {}
): Promise<ModuleFiles> {
  const dir = await mkdtemp(join(tmpdir(), 'dcn-module-'))
  try {
    const path = join(dir, 'module')
    await storage.exportPath(cid, path, { ...options, maxBytes: MODULE_LIMITS.bytes })
    return await readFolder(path, options)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
