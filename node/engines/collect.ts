import { constants, type Dirent } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { compareBytes } from '../../protocols/common/values.ts'
import { checkParts, MAX_OUTPUT_ENTRIES } from './sandbox/ledger.ts'

export interface Collected {
  bytes: number
  files: number
  /** more was there than `maxBytes` or the number of entries allows: what did not fit was left out */
  full: boolean
  /** entries left out for another reason, with it; the first few */
  skipped: string[]
}

const MAX_SKIPPED = 20

/**
 * Copies what a program left in a directory to where it is published: regular files and directories only, names that
 * mean the same on every disk, in byte order, up to a limit of bytes as they will be sent (a sparse file counts whole).
 * The program must be dead: nothing below `from` changes any more, so looking first and opening then is safe.
 */
export async function collectOutput(from: string, to: string, maxBytes: number, so: Collected): Promise<void> {
  await mkdir(to, { recursive: true })
  await copyDirectory({ from, to, maxBytes, so }, '')
}

export const nothingCollected = (): Collected => ({ bytes: 0, files: 0, full: false, skipped: [] })

interface Copy {
  from: string
  to: string
  maxBytes: number
  so: Collected
}

async function copyDirectory(copy: Copy, below: string): Promise<void> {
  for (const { name, entry } of await entries(join(copy.from, below))) {
    const path = below === '' ? name : `${below}/${name}`
    const why = refusal(path, entry)
    if (why !== undefined) skip(copy.so, path, why)
    else if (copy.so.files >= MAX_OUTPUT_ENTRIES) copy.so.full = true
    else if (entry.isDirectory()) {
      copy.so.files += 1
      await mkdir(join(copy.to, path))
      await copyDirectory(copy, path)
    } else await copyOne(copy, path)
  }
}

async function copyOne({ from, to, maxBytes, so }: Copy, path: string): Promise<void> {
  const source = join(from, path)
  const { size, mode } = await lstat(source)
  if (so.bytes + size > maxBytes) {
    so.full = true
    return
  }
  // a program may take away its own right to read; the owner can give it back
  if ((mode & 0o777) !== 0o644) await chmod(source, 0o644)
  await copyFile(source, join(to, path), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  so.bytes += size
  so.files += 1
}

async function entries(dir: string): Promise<{ name: string; entry: Dirent<Buffer> }[]> {
  await chmod(dir, 0o755)
  const found = await readdir(dir, { withFileTypes: true, encoding: 'buffer' })
  found.sort((a, b) => compareBytes(a.name, b.name))
  return found.map(entry => ({ name: entry.name.toString('utf8'), entry }))
}

function refusal(path: string, entry: Dirent<Buffer>): string | undefined {
  if (entry.isSymbolicLink()) return 'a symbolic link'
  if (!entry.isFile() && !entry.isDirectory()) return 'neither a file nor a directory'
  // bytes that are no UTF-8 came back as replacement characters
  if (!Buffer.from(path.slice(path.lastIndexOf('/') + 1)).equals(entry.name)) return 'a name that is not UTF-8'
  try {
    checkParts(path, path)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function skip(so: Collected, path: string, why: string): void {
  if (so.skipped.length < MAX_SKIPPED) so.skipped.push(`${JSON.stringify(path.slice(0, 200))}: ${why}`)
}
