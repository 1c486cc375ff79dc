import { stat } from 'node:fs/promises'
import { checkFiles, type ResolvedModule } from '../../protocols/modules/files.ts'
import { parseModuleName } from '../../protocols/modules/names.ts'
import type { AbortOptions } from '../components.ts'
import { absolute } from '../config/convert.ts'
import type { NodeClient } from '../http/client.ts'
import { builtinModules } from '../modules/builtin.ts'
import { folderModule } from '../modules/folder.ts'

/** What the argument of `dcn run` names. */
export type RunTarget =
  | { kind: 'file'; path: string }
  | { kind: 'folder'; path: string }
  | { kind: 'name'; text: string }

/** A file or folder that is there is meant; else it is a name. */
export async function targetOf(text: string, cwd: string): Promise<RunTarget> {
  const path = absolute(text, cwd)
  const found = /^[a-z]+:\/\//.test(text) ? undefined : await stat(path).catch(() => undefined)
  if (found !== undefined) return { kind: found.isDirectory() ? 'folder' : 'file', path }
  // a file that is missing: reading it says so better than a registry does
  return looksLikeFile(text) ? { kind: 'file', path } : { kind: 'name', text }
}

const looksLikeFile = (text: string): boolean => /^(?:\.{0,2}\/|~)/.test(text) || /\.(?:ya?ml|json)$/i.test(text)

/** A module, and whether the node found it: then it is in the node's store. */
export interface FoundModule extends ResolvedModule {
  isFromNode: boolean
}

/**
 * Finds a module: a folder of this machine, one that comes with the package, else whatever the node finds.
 *
 * @throws ModuleNotFoundError, InvalidModuleError, and those of the node
 */
export async function findModule(
  target: Exclude<RunTarget, { kind: 'file' }>,
  client: () => Promise<NodeClient>,
  options: AbortOptions = {}
): Promise<FoundModule> {
  if (target.kind === 'folder') {
    return { ...(await folderModule(target.path, target.path, options)), isFromNode: false }
  }
  const name = parseModuleName(target.text)
  const builtin = await builtinModules().resolve(name, options)
  if (builtin !== undefined) return { ...builtin, isFromNode: false }
  const { name: shown, cid, commit, files } = await (await client()).resolveModule(target.text, options)
  const decoded = Object.entries(files).map(([path, text]) => [path, Buffer.from(text, 'base64')] as const)
  // they are written to disk here: names that a node passed on are not believed
  return {
    name: shown,
    files: checkFiles(new Map(decoded)),
    pinned: { cid, ...(commit === undefined ? {} : { commit }) },
    isFromNode: true
  }
}
