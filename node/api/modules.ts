import { UserError } from '../../protocols/common/errors.ts'
import type { NetworkDocument } from '../../protocols/common/network-document.ts'
import { asCid } from '../../protocols/job/file-engine.ts'
import { InvalidModuleError, ModuleNotFoundError } from '../../protocols/modules/errors.ts'
import type { ModuleFiles } from '../../protocols/modules/files.ts'
import { moduleKind } from '../../protocols/modules/make-job.ts'
import { checkWords, notNameOwner, versionUnknown } from '../../protocols/modules/registry-index.ts'
import type { AbortOptions, Clock } from '../components.ts'
import type { Config } from '../config/schema.ts'
import type { NodeApi } from '../http/api.ts'
import type { PublishRequest } from '../http/views.ts'
import type { Journal } from '../journal/journal.ts'
import { isBuiltin } from '../modules/builtin.ts'
import { gitModules } from '../modules/git/index.ts'
import { fetchModule, ipfsModules } from '../modules/ipfs.ts'
import { DocumentRegistry } from '../modules/registry/document-registry.ts'
import type { ModuleRegistry, ModuleVersion } from '../modules/registry/registry.ts'
import { checkSeen } from '../modules/registry/seen.ts'
import { registryModules } from '../modules/registry/source.ts'
import { resolveModule } from '../modules/resolve.ts'
import type { NodeIdentity } from '../network/identity.ts'
import type { NetworkKeeper } from '../network/network-keeper.ts'
import type { Settlement } from '../settlement/settlement.ts'
import type { Storage } from '../storage/storage.ts'

export interface ModuleApiComponents {
  config: Pick<Config, 'git'>
  network: NetworkDocument
  keeper: NetworkKeeper
  settlement: Pick<Settlement, 'modules'>
  storage: Storage
  journal: Pick<Journal, 'getValue' | 'setValue'>
  identity: Pick<NodeIdentity, 'account'>
  clock: Clock
}

type ModuleApi = Pick<NodeApi, 'resolveModule' | 'publishModule' | 'yankModule' | 'modules' | 'moduleVersions'>

const LISTED = 200
/** After these there is no entry. */
const REFUSALS: ReadonlySet<string> = new Set(['NotNameOwnerError', 'NotOwnerError', 'InvalidInputError'])

/** Modules that only a node can find, and the registry of its network. */
export function moduleApi(c: ModuleApiComponents): ModuleApi {
  const { storage, journal } = c
  const ofDocument = c.network.chain === null ? new DocumentRegistry({ ...c, account: c.identity.account }) : undefined
  const registry = (): ModuleRegistry | undefined => ofDocument ?? c.settlement.modules
  const need = (): ModuleRegistry => {
    const found = registry()
    if (found !== undefined) return found
    throw new UserError('NoRegistryError', 'this network has no module registry', {
      field: 'network',
      remedy: 'use a network whose contracts include one: "dcn network deploy" of this version puts it there'
    })
  }
  const existing = async (name: string, version: string, options?: AbortOptions): Promise<ModuleVersion> => {
    const found = await need().find(name, version, options)
    if (found === undefined) throw versionUnknown(name, version)
    return found
  }
  const sources = [
    ipfsModules(storage),
    gitModules(c.config.git, c),
    registryModules({ registry, storage, journal, network: c.network.id })
  ]
  return {
    async resolveModule(text, options) {
      const { name, files, pinned } = await resolveModule(text, sources, options)
      const encoded = [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')])
      return { name, ...pinned, files: Object.fromEntries(encoded) }
    },
    async publishModule({ description = '', licence = '', ...given }, options) {
      checkWords(given)
      const names = need()
      await checkPublished(given, storage, options)
      const owner = `module ${given.name}:${given.version} ${given.cid}`
      // before the entry: whoever reads it finds the folder
      await storage.pin(cidOf(given.cid), owner, { announce: true })
      const { transaction } = await names.publish({ ...given, description, licence }, options).catch(async error => {
        // else it may be there already, or come to be: a chain that does not answer may still mine it
        if (error instanceof UserError && REFUSALS.has(error.name)) await storage.unpinAll(owner)
        throw error
      })
      const published = await existing(given.name, given.version, options)
      checkSeen(journal, c.network.id, published)
      return { ...published, ...(ofDocument === undefined ? { transaction } : {}) }
    },
    async yankModule({ name, version, yanked }, options) {
      const { transaction } = await need().setYanked(name, version, yanked, options)
      return { ...(await existing(name, version, options)), ...(ofDocument === undefined ? { transaction } : {}) }
    },
    async modules({ search = '', limit = LISTED }, options) {
      const wanted = search.toLowerCase()
      const found = (await need().names(options)).filter(({ name, newest }) =>
        `${name}\n${newest.description}`.toLowerCase().includes(wanted)
      )
      return found.slice(0, limit)
    },
    async moduleVersions(name, options) {
      const found = await need().versions(name, options)
      if (found.length > 0) return found
      throw new ModuleNotFoundError(name, 'the registry has no such name', 'see "dcn module search"')
    }
  }
}

function cidOf(text: string) {
  const cid = asCid(text)
  if (cid !== undefined) return cid
  throw new ModuleNotFoundError(text.slice(0, 100), 'this is no CID', 'publish the folder of the module')
}

/** What is published is a module, and the one that it says it is. */
async function checkPublished(
  { cid, name, version }: PublishRequest,
  storage: Storage,
  options: AbortOptions = {}
): Promise<void> {
  // `dcn run` finds its own first: a module of this name would never run
  if (await isBuiltin(name)) throw notNameOwner(name, 'this package', 'the registry')
  const files: ModuleFiles = await fetchModule(storage, cidOf(cid), options)
  const kind = moduleKind(files)
  if (kind.kind !== 'own') return
  const { definition } = kind
  if (definition.name === name && definition.version === version) return
  throw new InvalidModuleError(`module.yaml says ${definition.name}:${definition.version}, not ${name}:${version}`, {
    field: definition.name === name ? 'version' : 'name',
    value: `${name}:${version}`,
    limit: `${definition.name}:${definition.version}`,
    remedy: 'correct module.yaml, or publish it by the name that it has'
  })
}
