import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { messageOf } from '../../protocols/common/errors.ts'
import { DataDirInUseError } from './errors.ts'

/** SQLITE_BUSY and SQLITE_LOCKED: someone else holds the file. */
const HELD = new Set([5, 6])

export interface DataDirLock {
  release(): void
}

/**
 * Makes sure that one process alone works in a data directory. The lock is the operating system's lock on `lock.db`,
 * which the kernel drops with the process: nothing stale is left after kill -9, and a recycled process id cannot fool it.
 * (Nothing else of this process may open `lock.db`: closing any descriptor of a file drops its POSIX locks.)
 *
 * @throws DataDirInUseError
 */
export function lockDataDir(dataDir: string): DataDirLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'lock.db')
  const holder = join(dataDir, 'lock.pid')
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (!HELD.has(Number((error as { errcode?: unknown }).errcode))) throw error
    throw new DataDirInUseError(dataDir, readHolder(holder))
  }
  chmodSync(file, 0o600)
  // only information for the message above; the lock itself is the open transaction
  writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 })
  let held = true
  return {
    release() {
      if (!held) return
      held = false
      rmSync(holder, { force: true })
      db.close()
    }
  }
}

function readHolder(path: string): string | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8').slice(0, 16), 10)
    return Number.isSafeInteger(pid) ? `process ${pid}` : undefined
  } catch (error) {
    return messageOf(error).includes('ENOENT') ? undefined : 'a process that cannot be read'
  }
}
