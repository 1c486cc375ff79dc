import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nearest } from '../../protocols/common/nearest.ts'
import { MODULE_FILE, parseModule } from '../../protocols/modules/definition.ts'
import { ModuleNotFoundError } from '../../protocols/modules/errors.ts'
import { textOf } from '../../protocols/modules/files.ts'
import { folderModule } from './folder.ts'
import type { ModuleSource } from './source.ts'

/** Beside this file in a checkout; beside or above the bundle in a package. */
const PLACES = ['./builtin', './modules', '../modules']

/** The modules that come with this package: they need neither a registry nor a network. */
export function builtinModules(): ModuleSource {
  return {
    async resolve(name, options) {
      if (name.kind !== 'name') return undefined
      const root = builtinDir()
      const known = root === undefined ? [] : await readdir(root)
      if (root === undefined || !known.includes(name.name)) return undefined
      const found = await folderModule(join(root, name.name), name.name, options)
      const { version } = parseModule(textOf(found.files, MODULE_FILE))
      if (name.version !== undefined && name.version !== version) {
        throw new ModuleNotFoundError(
          `${name.name}:${name.version}`,
          `this package brings version ${version}`,
          `run ${name.name}:${version}`
        )
      }
      return found
    }
  }
}

/** Whether a name is one of this package's. */
export async function isBuiltin(name: string): Promise<boolean> {
  const root = builtinDir()
  return root !== undefined && (await readdir(root)).includes(name)
}

/** For messages: what was probably meant. */
export async function nearestBuiltin(name: string): Promise<string | undefined> {
  const root = builtinDir()
  return root === undefined ? undefined : nearest(name, await readdir(root))
}

function builtinDir(): string | undefined {
  return PLACES.map(place => fileURLToPath(new URL(place, import.meta.url))).find(path =>
    existsSync(join(path, 'cowsay'))
  )
}
