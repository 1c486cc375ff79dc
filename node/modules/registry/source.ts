import { asCid } from '../../../protocols/job/file-engine.ts'
import { ModuleNotFoundError } from '../../../protocols/modules/errors.ts'
import type { AbortOptions } from '../../components.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Storage } from '../../storage/storage.ts'
import { fetchModule } from '../ipfs.ts'
import type { ModuleSource } from '../source.ts'
import type { ModuleRegistry, ModuleVersion } from './registry.ts'
import { checkSeen } from './seen.ts'

export interface RegistrySourceComponents {
  /** undefined where the network has none */
  registry(): ModuleRegistry | undefined
  /** id of the network */
  network: string
  storage: Pick<Storage, 'fetch' | 'exportPath'>
  journal: Pick<Journal, 'getValue' | 'setValue'>
}

/** Modules by their name in the network's registry; without a version the newest that is not yanked. */
export function registryModules({ registry, storage, journal, network }: RegistrySourceComponents): ModuleSource {
  return {
    async resolve(asked, options = {}) {
      const names = registry()
      if (asked.kind !== 'name' || names === undefined) return undefined
      const { name, version } = asked
      const found =
        version === undefined ? await newest(names, name, options) : await names.find(name, version, options)
      if (found === undefined) {
        if (version === undefined) return undefined
        const others = await names.versions(name, options)
        if (others.length === 0) return undefined
        throw new ModuleNotFoundError(
          `${name}:${version}`,
          'the registry has other versions of it',
          `see "dcn module list ${name}"`
        )
      }
      checkSeen(journal, network, found)
      const cid = asCid(found.cid)
      if (cid === undefined) return undefined
      return {
        name: `${name}:${found.version}`,
        files: await fetchModule(storage, cid, options),
        pinned: { cid: found.cid }
      }
    }
  }
}

async function newest(names: ModuleRegistry, name: string, options: AbortOptions): Promise<ModuleVersion | undefined> {
  const versions = await names.versions(name, options)
  const found = versions.find(({ yanked }) => !yanked)
  if (found !== undefined || versions.length === 0) return found
  throw new ModuleNotFoundError(
    name,
    'all its versions are yanked',
    `name one of "dcn module list ${name}" if you want it all the same`
  )
}
