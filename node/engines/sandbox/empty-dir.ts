import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The process that made a directory is in its name, so that a later one can tell whether anybody still uses it. */
const PREFIX = 'dcn-sandbox-'
const NAME = /^dcn-sandbox-(\d+)-/

/**
 * An empty directory for sandboxes to start in. It lies where every user id may go, which the node's own data directory
 * does not; what processes that were killed left there is removed.
 */
export async function makeEmptyDir(): Promise<string> {
  const names = await readdir(tmpdir())
  const stale = names.filter(name => {
    const pid = NAME.exec(name)?.[1]
    return pid !== undefined && !isAlive(Number(pid))
  })
  // another user's is not ours to remove
  for (const name of stale) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined)
  return await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
