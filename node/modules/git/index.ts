import { asCid } from '../../../protocols/job/file-engine.ts'
import type { ResolvedModule } from '../../../protocols/modules/files.ts'
import type { AbortOptions } from '../../components.ts'
import type { Journal } from '../../journal/journal.ts'
import { withDeadline } from '../../network/deadline.ts'
import { RequestTimeoutError } from '../../network/errors.ts'
import type { Storage } from '../../storage/storage.ts'
import type { ModuleSource } from '../source.ts'
import { loadModule, storeModule } from '../store.ts'
import { clone } from './clone.ts'
import { GitUnreachableError } from './errors.ts'
import { KnownCommits, ownerOf } from './known-commits.ts'
import { GIT_LIMITS } from './limits.ts'

export interface GitModulesInit {
  /** hosts, with their port, that may be on a private network and speak plain HTTP; nobody else may */
  privateHosts: readonly string[]
}

export interface GitModulesComponents {
  storage: Pick<Storage, 'importPath' | 'exportPath' | 'pin' | 'unpinAll'>
  journal: Pick<Journal, 'getValue' | 'setValue'>
}

const COMMIT = /^[0-9a-f]{40}$/

/**
 * Modules of git repositories. What was fetched is kept in the content store by its CID: a commit is never fetched twice, and a
 * branch or tag answers with its last commit while its server cannot be reached.
 */
export function gitModules({ privateHosts }: GitModulesInit, { storage, journal }: GitModulesComponents): ModuleSource {
  const known = new KnownCommits(journal)
  const fromStore = async (url: string, ref: string, options: AbortOptions): Promise<ResolvedModule | undefined> => {
    const found = known.find(url, ref)
    const cid = found && asCid(found.cid)
    if (cid === undefined) return undefined
    // somebody may have emptied the store
    const files = await loadModule(storage, cid, options).catch(() => undefined)
    return files && { name: nameOf(url, ref), files, pinned: { cid: found?.cid ?? '', commit: found?.commit ?? '' } }
  }
  const fetched = async (url: string, ref: string, options: AbortOptions): Promise<ResolvedModule> => {
    const { commit, files } = await withDeadline(`fetch ${url}`, GIT_LIMITS.timeoutMs, options.signal, signal =>
      clone(url, ref === HEAD ? undefined : ref, { privateHosts, signal })
    )
    const cid = await storeModule(storage, files, options)
    await storage.pin(cid, ownerOf(cid.toString()), { announce: true })
    const pinned = { cid: cid.toString(), commit }
    for (const old of known.note({ url, ref, ...pinned })) await storage.unpinAll(ownerOf(old))
    return { name: nameOf(url, ref), files, pinned }
  }
  return {
    async resolve(name, options = {}) {
      if (name.kind !== 'git') return undefined
      const { url, ref = HEAD } = name
      const isCommit = COMMIT.test(ref)
      const kept = isCommit ? await fromStore(url, ref, options) : undefined
      if (kept !== undefined) return kept
      try {
        return await fetched(url, ref, options)
      } catch (error) {
        const isAway = error instanceof GitUnreachableError || error instanceof RequestTimeoutError
        const old = isAway && !isCommit ? await fromStore(url, ref, options) : undefined
        if (old === undefined) throw error
        return old
      }
    }
  }
}

const HEAD = 'HEAD'
const nameOf = (url: string, ref: string): string => (ref === HEAD ? url : `${url}#${ref}`)
