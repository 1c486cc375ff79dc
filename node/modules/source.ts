import type { ResolvedModule } from '../../protocols/modules/files.ts'
import type { ModuleName } from '../../protocols/modules/names.ts'
import type { AbortOptions } from '../components.ts'

/**
 * Where modules come from: a folder, IPFS, what this package brings, later a registry and git. Whoever resolves pins: `pinned.cid` is
 * that of exactly these files.
 */
export interface ModuleSource {
  /** undefined when names of this kind are not its business */
  resolve(name: ModuleName, options?: AbortOptions): Promise<ResolvedModule | undefined>
}
