import { lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, type Stats, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/** Folders of this and of earlier versions and installs: each has some megabytes. */
export const KEPT_FOLDERS = 4
/** Of the path of an install in the name of its folder; file systems take 255 bytes. */
const PATH_CHARS = 120
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
}

/**
 * Keeps the machine code of the bundles for the next start. Where that cannot be done safely it is not done, and nothing is said: a
 * start is slower then, and nothing else.
 *
 * @param build version of the bundles
 */
export function keepCompiled(build: string): void {
  try {
    const folder = cacheFolder({ env: process.env, home: homedir(), uid: process.getuid?.(), build })
    if (folder !== undefined) enableCompileCache(folder)
  } catch {
    // no home, no room, no right to write: see above
  }
}

/**
 * The folder for compiled code, made where it is missing. Whoever can write there decides what our programs do: it is the user's own,
 * and so is the way to it. Node's default, a folder in the temporary directory, is not.
 *
 * @returns undefined where the environment says no, or where somebody else could write
 * @throws the file system's error
 */
export function cacheFolder({ env, home, uid, build }: CacheInit): string | undefined {
  if (uid === undefined || NODES_OWN.some(name => env[name])) return undefined
  const { XDG_CACHE_HOME: given = '' } = env
  const base = isAbsolute(given) ? given : join(home, '.cache')
  if (!isSafeWay(realpathSync(dirname(base)), uid)) return undefined
  make(base)
  let folder = realpathSync(base)
  if (!isSafeWay(dirname(folder), uid) || !isOwn(statSync(folder), uid, OTHERS_CAN_WRITE)) return undefined
  let isNew = false
  for (const name of ['dcn-node', 'compiled', `${build}-${process.version}-${pathText(import.meta.dirname)}`]) {
    folder = join(folder, name)
    isNew = make(folder)
    // not followed: a link could lead anywhere
    if (!isOwn(lstatSync(folder), uid, OTHERS_CAN_ANYTHING)) return undefined
  }
  if (isNew) removeOldest(dirname(folder))
  return folder
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

/** Looked at only when a folder is made: two installs that are used in turn both keep theirs. */
function removeOldest(dir: string): void {
  const newestFirst = readdirSync(dir)
    .map(name => ({ path: join(dir, name), at: lstatSync(join(dir, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at)
  for (const { path } of newestFirst.slice(KEPT_FOLDERS)) rmSync(path, { recursive: true, force: true })
}
