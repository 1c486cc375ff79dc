import type { TreeEntry } from 'isomorphic-git'
import { messageOf, UserError } from '../../../protocols/common/errors.ts'
import { InvalidModuleError, ModuleNotFoundError } from '../../../protocols/modules/errors.ts'
import { checkFiles, type ModuleFiles, safePath } from '../../../protocols/modules/files.ts'
import { MODULE_LIMITS } from '../../../protocols/modules/limits.ts'
import { checkPack } from './check-pack.ts'
import { GitRefusedError } from './errors.ts'
import { type GitHttpInit, gitHttp } from './http.ts'
import { memoryFs } from './memory-fs.ts'

/** Files of one commit. */
export interface Cloned {
  commit: string
  files: ModuleFiles
}

const PLACE = { gitdir: '/repo', remote: 'origin' } as const
/** Folders inside of folders; more is made to cost time. */
const MAX_DEPTH = 32

/**
 * Fetches one commit of a repository, and nothing else of it: no history, no other branches, no submodules.
 *
 * @param ref branch, tag or full hash; undefined for what the repository's HEAD is
 * @throws ModuleNotFoundError, InvalidModuleError, GitRefusedError, GitUnreachableError, TooLargeError
 */
export async function clone(url: string, ref: string | undefined, init: GitHttpInit): Promise<Cloned> {
  if (!URL.canParse(url)) throw new ModuleNotFoundError(url.slice(0, 100), 'this is no URL', 'check the address')
  // the library would take them out and send them
  if (new URL(url).username !== '') throw new GitRefusedError(new URL(url).host, 'credentials are never sent')
  const git = await import('./library.ts')
  const fs = memoryFs((path, bytes) => {
    if (path.endsWith('.pack')) checkPack(bytes)
  })
  const cache = {}
  const repo = { fs, cache, ...PLACE }
  // nobody was asked yet: what fails here is no trouble of the address
  await git.init({ fs, gitdir: PLACE.gitdir, bare: true })
  await git.addRemote({ ...repo, url })
  try {
    const wanted = ref ?? 'HEAD'
    const only = { depth: 1, singleBranch: true, tags: false } as const
    const { fetchHead } = await git.fetch({
      ...repo,
      ...only,
      http: gitHttp(init),
      url,
      ref: wanted,
      remoteRef: wanted
    })
    if (fetchHead === null) throw new ModuleNotFoundError(url, 'the repository is empty', 'check the address')
    const { oid: commit } = await git.readCommit({ ...repo, oid: fetchHead })
    const files = new Map<string, Uint8Array>()
    await readTree(commit, '', files, {
      tree: async oid => (await git.readTree({ ...repo, oid })).tree,
      blob: async oid => (await git.readBlob({ ...repo, oid })).blob
    })
    return { commit, files: checkFiles(new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))) }
  } catch (error) {
    throw asUserError(error, url, ref)
  }
}

interface Reader {
  tree(oid: string): Promise<TreeEntry[]>
  blob(oid: string): Promise<Uint8Array>
}

async function readTree(oid: string, folder: string, files: Map<string, Uint8Array>, read: Reader): Promise<void> {
  if (folder.split('/').length > MAX_DEPTH) throw unfit(folder, `lies more than ${MAX_DEPTH} folders deep`)
  for (const { mode, path: name, oid: content } of await read.tree(oid)) {
    // before it is put together with others: a name with a slash in it would be two
    if (name.includes('/')) throw unfit(name, 'is a name with a slash in it')
    const path = safePath(folder === '' ? name : `${folder}/${name}`, 'module')
    if (mode === '040000') await readTree(content, path, files, read)
    else if (mode === '120000')
      throw unfit(path, 'is a symbolic link', 'put a copy of what it stands for into the repository')
    else if (mode === '160000')
      throw unfit(path, 'is a submodule, and those are not followed', 'put its files into the repository')
    else files.set(path, await read.blob(content))
    if (files.size > MODULE_LIMITS.files) throw unfit(path, `is one file more than ${MODULE_LIMITS.files}`)
  }
}

function unfit(
  path: string,
  why: string,
  remedy = 'a module is a small repository of plain files'
): InvalidModuleError {
  return new InvalidModuleError(`${path.slice(0, 100)} ${why}`, { field: path, limit: 'files and folders', remedy })
}

/** For what has no code of the library or of the system: the repository is a strange one, or the fault is here. */
const NOT_THE_ADDRESS =
  'clone it with git and give the path of its folder; if that works, this is a bug of dcn-node: please report it'

/** By the library's own codes: what it says is for programmers. */
function asUserError(error: unknown, url: string, ref: string | undefined): unknown {
  if (error instanceof UserError) return error
  const { code, data } = error as { code?: string; data?: { statusCode?: number } }
  const name = ref === undefined ? url : `${url}#${ref}`
  if (code === 'HttpError') {
    const why = `the server answers ${data?.statusCode}: there is no public repository`
    return new ModuleNotFoundError(
      name,
      why,
      'check the address; a private one is cloned by hand, and run by its folder'
    )
  }
  if (code === 'NotFoundError') {
    return new ModuleNotFoundError(
      name,
      'the repository has no such ref',
      'name a branch, a tag or the 40 digits of a commit'
    )
  }
  return new InvalidModuleError(`${url} cannot be read: ${messageOf(error).slice(0, 200)}`, {
    field: 'module',
    value: url,
    remedy:
      code === undefined
        ? NOT_THE_ADDRESS
        : 'check that the address is that of a git repository, served over smart HTTP',
    cause: error
  })
}
