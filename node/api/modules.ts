import type { NodeApi } from '../http/api.ts'
import { resolveModule } from '../modules/resolve.ts'
import type { ModuleSource } from '../modules/source.ts'

/** Modules that only a node can find: by CID, and by whatever other sources it has. */
export function moduleApi(sources: readonly ModuleSource[]): Pick<NodeApi, 'resolveModule'> {
  return {
    async resolveModule(text, options) {
      const { name, files, pinned } = await resolveModule(text, sources, options)
      const encoded = [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')])
      return { name, ...pinned, files: Object.fromEntries(encoded) }
    }
  }
}
