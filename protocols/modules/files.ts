import { TooLargeError } from '../common/errors.ts'
import { InvalidModuleError } from './errors.ts'
import { MODULE_LIMITS } from './limits.ts'

/** The files of a module by their path in it, `/` between the parts. */
export type ModuleFiles = ReadonlyMap<string, Uint8Array>

/** A module as it was found, and what says exactly which one it is. */
export interface ResolvedModule {
  /** what it was asked for by */
  name: string
  files: ModuleFiles
  pinned: {
    /** UnixFS directory of the files, by the network's import settings */
    cid: string
    /** of the git repository it came from */
    commit?: string
  }
}

const PART = /^(?!\.{1,2}$)[^\u0000-\u001f\u007f\\/]{1,255}$/

/** A path that stays inside of the module. @throws InvalidModuleError */
export function safePath(path: string, field: string): string {
  const plain = path.startsWith('./') ? path.slice(2) : path
  const isSafe = plain.length <= MODULE_LIMITS.pathChars && plain.split('/').every(part => PART.test(part))
  if (isSafe && plain.isWellFormed()) return plain
  throw new InvalidModuleError(`${field}: "${path.slice(0, 100)}" does not stay inside of the module`, {
    field,
    value: path,
    limit: 'a relative path without "..", such as data/words.txt',
    remedy: 'name a file of the module by its path from the module’s folder'
  })
}

/** Whoever the files come from. @throws InvalidModuleError, TooLargeError */
export function checkFiles(files: ModuleFiles): ModuleFiles {
  if (files.size > MODULE_LIMITS.files) throw new TooLargeError('module (files)', files.size, MODULE_LIMITS.files)
  let bytes = 0
  for (const [path, content] of files) {
    safePath(path, 'module')
    bytes += content.byteLength
  }
  if (bytes > MODULE_LIMITS.bytes) {
    throw new TooLargeError('module (bytes)', bytes, MODULE_LIMITS.bytes, 'name large files by CID in the job')
  }
  return files
}

/** Text of a file of the module. @throws InvalidModuleError when it is not there or no UTF-8 */
export function textOf(files: ModuleFiles, path: string): string {
  const bytes = files.get(path)
  if (bytes === undefined) {
    throw new InvalidModuleError(`the module has no file ${path}`, { field: path, remedy: 'correct the path' })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new InvalidModuleError(`${path} is not UTF-8`, { field: path, remedy: 'save it as UTF-8', cause })
  }
}
