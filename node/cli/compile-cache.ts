import { lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, type Stats, statfsSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** Folders of this and of earlier versions and installs: each has some megabytes. */
export const KEPT_FOLDERS = 4
/** Of the path of an install in the name of its folder; file systems take 255 bytes. */
const PATH_CHARS = 120
/** Where a disk is full, Node leaves the beginning of each file under another name at each start, and never removes it. */
const MIN_FREE_BYTES = 64 * 2 ** 20
const OTHERS_CAN_WRITE = 0o022
const OTHERS_CAN_ANYTHING = 0o077
const STICKY = 0o1000

/** Variables with which Node's own cache is chosen or turned off, or with which a cache would make a report of coverage wrong. */
const NODES_OWN = ['NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE', 'NODE_V8_COVERAGE'] as const

export interface CacheInit {
  env: NodeJS.ProcessEnv
  home: string
  /** who must own the folders; none on systems without owners, where there is no cache */
  uid: number | undefined
  /** of the code that is compiled: other code has another folder */
  build: string
  /** @default 64 MiB */
  minFreeBytes?: number
}

/**
 * Keeps the machine code of the bundles for the next start. Where that cannot be done safely it is not done, and nothing is said: a
 * start is slower then, and nothing else.
 *
 * @param build version of the bundles
 */
export function keepCompiled(build: string): void {
  try {
    const folder = cacheFolder({ env: process.env, home: homedir(), uid: process.geteuid?.(), build })
    if (folder !== undefined) enableCompileCache(folder)
  } catch {
    // no home, no room, no right to write: see above
  }
}

/**
 * The folder for compiled code, made where it is missing. Whoever can write there decides what our programs do: it is the user's own,
 * and so is the way to it. Node's default, a folder in the temporary directory, is not.
 *
 * @returns undefined where the environment says no, where somebody else could write, or where there is hardly any room
 * @throws the file system's error
 */
export function cacheFolder({ env, home, uid, build, minFreeBytes = MIN_FREE_BYTES }: CacheInit): string | undefined {
  if (uid === undefined || NODES_OWN.some(name => env[name])) return undefined
  const { XDG_CACHE_HOME: given = '' } = env
  const base = isAbsolute(given) ? given : join(home, '.cache')
  // with an empty HOME it would lie in the folder where a program is started, which may have come from anybody, in an archive
  if (!isAbsolute(base)) return undefined
  if (!isSafeWay(realpathSync(dirname(base)), uid)) return undefined
  make(base)
  let folder = realpathSync(base)
  if (!isSafeWay(dirname(folder), uid) || !isOwn(statSync(folder), uid, OTHERS_CAN_WRITE)) return undefined
  if (freeBytes(folder) < minFreeBytes) return undefined
  let isNew = false
  for (const name of ['dcn-node', 'compiled', `${build}-${process.version}-${pathText(import.meta.dirname)}`]) {
    folder = join(folder, name)
    isNew = make(folder)
    // not followed: a link could lead anywhere
    if (!isOwn(lstatSync(folder), uid, OTHERS_CAN_ANYTHING)) return undefined
  }
  if (isNew) removeOldest(folder)
  return folder
}

function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

const pathText = (path: string): string => path.replaceAll(/[^\w.-]+/g, '_').slice(-PATH_CHARS)

/** Nobody but the user and root can put another directory in the place of one on this way; in a sticky one only its owner can. */
function isSafeWay(dir: string, uid: number): boolean {
  const { uid: owner, mode } = statSync(dir)
  const isSafe = (owner === uid || owner === 0) && ((mode & OTHERS_CAN_WRITE) === 0 || (mode & STICKY) !== 0)
  return isSafe && (dirname(dir) === dir || isSafeWay(dirname(dir), uid))
}

const isOwn = (found: Stats, uid: number, forbidden: number): boolean =>
  found.isDirectory() && found.uid === uid && (found.mode & forbidden) === 0

/** Whether it had to be made. Not recursive: a home that is not there is not made. */
function make(dir: string): boolean {
  try {
    mkdirSync(dir, { mode: 0o700 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Looked at only when a folder is made, which stays: two installs that are used in turn both keep theirs. */
function removeOldest(made: string): void {
  const dir = dirname(made)
  const newestFirst = readdirSync(dir)
    .filter(name => name !== basename(made))
    .map(name => ({ path: join(dir, name), at: lstatSync(join(dir, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at)
  for (const { path } of newestFirst.slice(KEPT_FOLDERS - 1)) rmSync(path, { recursive: true, force: true })
}
