import { z } from 'zod'
import type { Journal } from '../../journal/journal.ts'
import { GIT_LIMITS } from './limits.ts'

const KEY = 'modules/git'
const entries = z.array(
  z.object({ url: z.string(), ref: z.string(), commit: z.string().length(40), cid: z.string().max(128) })
)

/** A ref of a repository, what it was when it was last fetched, and the CID of the files. */
export type KnownCommit = z.output<typeof entries>[number]

/** What was fetched before, the newest first. The files themselves are in the content store, pinned by `ownerOf`. */
export class KnownCommits {
  readonly #journal: Pick<Journal, 'getValue' | 'setValue'>

  constructor(journal: Pick<Journal, 'getValue' | 'setValue'>) {
    this.#journal = journal
  }

  all(): KnownCommit[] {
    const read = entries.safeParse(this.#journal.getValue(KEY) ?? [])
    return read.success ? read.data : []
  }

  /** By ref, or by commit where the ref is one. */
  find(url: string, ref: string): KnownCommit | undefined {
    return this.all().find(known => known.url === url && (known.ref === ref || known.commit === ref))
  }

  /** @returns CIDs that nothing here names any more */
  note(known: KnownCommit): string[] {
    const before = this.all()
    const others = before.filter(({ url, ref }) => url !== known.url || ref !== known.ref)
    const now = [known, ...others].slice(0, GIT_LIMITS.cached)
    this.#journal.setValue(KEY, now)
    const kept = new Set(now.map(({ cid }) => cid))
    return before.map(({ cid }) => cid).filter(cid => !kept.has(cid))
  }
}

/** Who the files of a repository are pinned for. */
export const ownerOf = (cid: string): string => `git module ${cid}`
