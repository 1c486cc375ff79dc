import { ModuleNotFoundError } from '../../protocols/modules/errors.ts'
import type { ResolvedModule } from '../../protocols/modules/files.ts'
import { parseModuleName } from '../../protocols/modules/names.ts'
import type { AbortOptions } from '../components.ts'
import { nearestBuiltin } from './builtin.ts'
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
    if (found !== undefined) return found
  }
  const meant = name.kind === 'name' ? await nearestBuiltin(name.name) : undefined
  const remedy = meant === undefined ? 'clone it and give the path of its folder' : `did you mean "${meant}"?`
  throw new ModuleNotFoundError(text.slice(0, 100), 'nothing that this node knows has this name', remedy)
}
