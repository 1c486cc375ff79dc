import { InvalidModuleError, ModuleNotFoundError } from '../../protocols/modules/errors.ts'
import type { ResolvedModule } from '../../protocols/modules/files.ts'
import { type ModuleName, parseModuleName } from '../../protocols/modules/names.ts'
import type { AbortOptions } from '../components.ts'
import { nearestBuiltin } from './builtin.ts'
import { cidOfFiles } from './cid.ts'
import type { ModuleSource } from './source.ts'

/** Asks one source after the other. @throws ModuleNotFoundError, and what the sources throw */
export async function resolveModule(
  text: string,
  sources: readonly ModuleSource[],
  options: AbortOptions = {}
): Promise<ResolvedModule> {
  const name = parseModuleName(text)
  for (const source of sources) {
    const found = await source.resolve(name, options)
    if (found !== undefined) return await checked(found, name, options)
  }
  const meant = name.kind === 'name' ? await nearestBuiltin(name.name) : undefined
  const remedy = meant === undefined ? 'clone it and give the path of its folder' : `did you mean "${meant}"?`
  throw new ModuleNotFoundError(text.slice(0, 100), 'nothing that this node knows has this name', remedy)
}

/** What comes by CID was checked block by block, whatever settings it was imported with; all else has to be what it is pinned to. */
async function checked(found: ResolvedModule, name: ModuleName, options: AbortOptions): Promise<ResolvedModule> {
  const cid = await cidOfFiles(found.files, options)
  if (name.kind === 'ipfs' || cid === found.pinned.cid) return found
  throw new InvalidModuleError(`the files of ${found.name} are not those that it is pinned to`, {
    field: 'module',
    value: cid,
    limit: found.pinned.cid,
    remedy: 'do not run it: tell whoever published it'
  })
}
