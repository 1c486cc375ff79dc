import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StorageIoError } from './errors.ts'
import { limiter } from './lock.ts'

/** Files flushed at the same time: the disk's journal takes many in one go. */
const CONCURRENCY = 16

/** Brings a file or a directory to the disk. */
export type Sync = (path: string) => Promise<void>

/** Files that were written and may still be in memory only. Blocks come and go by thousands, so they are flushed when something depends on them. */
export class UnsyncedFiles {
  /** and when each was added, so that one that is written anew during a flush stays */
  readonly #paths = new Map<string, number>()
  #count = 0
  readonly #sync: Sync

  constructor(sync: Sync = syncFile) {
    this.#sync = sync
  }

  add(path: string): void {
    this.#paths.set(path, ++this.#count)
  }

  delete(path: string): void {
    this.#paths.delete(path)
  }

  /** All that was added before is on disk, names included, once this returns. @throws StorageIoError: some of it may not be */
  async flush(): Promise<void> {
    const paths = [...this.#paths]
    if (paths.length === 0) return
    await this.#syncAll(paths.map(([path]) => path))
    const dirs = new Set(paths.map(([path]) => dirname(path)))
    // a directory may be new as well: its name stands in the one above
    await this.#syncAll(new Set([...dirs].flatMap(dir => [dir, dirname(dir)])))
    // only now: another flush at the same time must wait for them too
    for (const [path, count] of paths) if (this.#paths.get(path) === count) this.#paths.delete(path)
  }

  async #syncAll(paths: Iterable<string>): Promise<void> {
    const limit = limiter(CONCURRENCY)
    await Promise.all(Array.from(paths, path => limit(() => this.#sync(path))))
  }
}

async function syncFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (cause) {
    // removed meanwhile: nothing depends on it
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw new StorageIoError(`cannot flush ${path}`, cause)
  }
}
