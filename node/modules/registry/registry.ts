import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { AbortOptions } from '../../components.ts'

/** One version of a module, as the network's registry has it. */
export interface ModuleVersion {
  name: string
  version: string
  /** of the module's folder */
  cid: string
  /** who published it */
  account: Address
  /** unix seconds */
  publishedAt: number
  /** not taken unless it is named */
  yanked: boolean
  description: string
  licence: string
}

export interface ModuleName {
  name: string
  owner: Address
  versions: number
  /** that is not yanked; where all are, the last one */
  newest: ModuleVersion
}

export type NewVersion = Pick<ModuleVersion, 'name' | 'version' | 'cid' | 'description' | 'licence'>

/** Names of modules and what their versions are. A version is never another one later. */
export interface ModuleRegistry {
  /** @throws InvalidInputError, UserError named NotNameOwnerError or VersionExistsError */
  publish(version: NewVersion, options?: AbortOptions): Promise<{ transaction: Hex }>
  /** @throws UserError named VersionUnknownError or NotNameOwnerError */
  setYanked(name: string, version: string, yanked: boolean, options?: AbortOptions): Promise<{ transaction: Hex }>
  find(name: string, version: string, options?: AbortOptions): Promise<ModuleVersion | undefined>
  /** newest first, at most `REGISTRY_LIMITS.versions` */
  versions(name: string, options?: AbortOptions): Promise<ModuleVersion[]>
  /** newest first, at most `REGISTRY_LIMITS.names` */
  names(options?: AbortOptions): Promise<ModuleName[]>
}

/** What is read of a registry at once: names cost only gas, and somebody may take thousands. */
export const REGISTRY_LIMITS = { names: 2_000, versions: 500 } as const
