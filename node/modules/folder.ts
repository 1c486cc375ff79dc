import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, TooLargeError } from '../../protocols/common/errors.ts'
import { InvalidModuleError } from '../../protocols/modules/errors.ts'
import { checkFiles, type ModuleFiles, type ResolvedModule } from '../../protocols/modules/files.ts'
import { MODULE_LIMITS } from '../../protocols/modules/limits.ts'
import type { AbortOptions } from '../components.ts'
import { importableName } from '../storage/names.ts'
import { cidOfFiles } from './cid.ts'

/** What git keeps for itself is no part of a module. */
const LEFT_OUT: ReadonlySet<string> = new Set(['.git'])

/** A folder of this machine as a module. @throws InvalidModuleError, TooLargeError, UnsafeNameError */
export async function folderModule(path: string, name: string, options: AbortOptions = {}): Promise<ResolvedModule> {
  const files = await readFolder(path, options)
  return { name, files, pinned: { cid: await cidOfFiles(files, options) } }
}

/** The files of a folder. Links are refused: they could lead anywhere on this machine. */
export async function readFolder(root: string, options: AbortOptions = {}): Promise<ModuleFiles> {
  const files = new Map<string, Uint8Array>()
  const todo: string[] = ['']
  const counter = { bytes: 0 }
  for (let dir = todo.pop(); dir !== undefined; dir = todo.pop()) {
    options.signal?.throwIfAborted()
    for (const raw of await readdir(join(root, dir), { encoding: 'buffer' }).catch(unreadable(join(root, dir)))) {
      const name = importableName(raw)
      if (LEFT_OUT.has(name)) continue
      const path = dir === '' ? name : `${dir}/${name}`
      const content = await readEntry(root, path, counter)
      if (content === undefined) todo.push(path)
      else files.set(path, content)
    }
    const count = files.size + todo.length
    if (count > MODULE_LIMITS.files) throw new TooLargeError('module (files)', count, MODULE_LIMITS.files)
  }
  return checkFiles(new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))))
}

/** The bytes of a file; undefined for a folder. */
async function readEntry(root: string, path: string, counter: { bytes: number }): Promise<Uint8Array | undefined> {
  const found = await lstat(join(root, path)).catch(unreadable(path))
  if (found.isDirectory()) return undefined
  if (!found.isFile()) throw notPlain(path, found.isSymbolicLink())
  counter.bytes += found.size
  if (counter.bytes > MODULE_LIMITS.bytes) {
    throw new TooLargeError('module (bytes)', counter.bytes, MODULE_LIMITS.bytes, 'name large files by CID')
  }
  return await readPlain(join(root, path), found.size)
}

/** It may have been swapped for a link, or have grown, since it was listed. */
async function readPlain(path: string, size: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(unreadable(path))
  try {
    const bytes = new Uint8Array(size)
    const { bytesRead } = await file.read(bytes, 0, size, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function notPlain(path: string, isLink: boolean): InvalidModuleError {
  return new InvalidModuleError(`${path} is ${isLink ? 'a symbolic link' : 'neither a file nor a folder'}`, {
    field: path,
    limit: 'files and folders',
    remedy: 'put a copy of what it stands for into the module'
  })
}

function unreadable(path: string): (cause: unknown) => never {
  return cause => {
    throw new InvalidModuleError(`cannot read ${path}: ${messageOf(cause)}`, {
      field: path,
      remedy: 'check the path',
      cause
    })
  }
}
