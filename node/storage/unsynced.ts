import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StorageIoError } from './errors.ts'
import { limiter } from './lock.ts'

/** Files flushed at the same time: the disk's journal takes many in one go. */
const CONCURRENCY = 16

/** Files that were written and may still be in memory only. Blocks come and go by thousands, so they are flushed when something depends on them. */
export class UnsyncedFiles {
  #paths = new Set<string>()

  add(path: string): void {
    this.#paths.add(path)
  }

  delete(path: string): void {
    this.#paths.delete(path)
  }

  /** All that was added before is on disk, names included, once this returns. @throws StorageIoError: some of it may not be */
  async flush(): Promise<void> {
    const paths = [...this.#paths]
    if (paths.length === 0) return
    await syncAll(paths)
    await syncAll(new Set(paths.map(dirname)))
    // only now: another flush at the same time must wait for them too
    for (const path of paths) this.#paths.delete(path)
  }
}

async function syncAll(paths: Iterable<string>): Promise<void> {
  const limit = limiter(CONCURRENCY)
  await Promise.all(Array.from(paths, path => limit(() => sync(path))))
}

async function sync(path: string): Promise<void> {
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
