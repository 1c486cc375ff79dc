/** What `fs` throws where nothing is. */
function missing(path: string): Error {
  return Object.assign(new Error(`nothing at ${path}`), { code: 'ENOENT' })
}

/**
 * The files of a repository, in memory: names that a server chose for its refs reach no disk, nothing is checked out, and no
 * hook or configuration of this machine's git is ever read.
 *
 * @param onWrite told of each file before it is there; what it throws ends the clone
 */
export function memoryFs(onWrite: (path: string, bytes: Uint8Array) => void) {
  const files = new Map<string, Buffer>()
  const isFolder = (path: string): boolean => [...files.keys()].some(name => name.startsWith(`${path}/`))
  const stat = async (path: string) => {
    const size = files.get(path)?.byteLength
    if (size === undefined && !isFolder(path)) throw missing(path)
    const isFile = size !== undefined
    const times = { mtimeMs: 0, ctimeMs: 0 }
    const kind = { isFile: () => isFile, isDirectory: () => !isFile, isSymbolicLink: () => false }
    return { ...times, ...kind, mode: isFile ? 0o100644 : 0o040000, size: size ?? 0, ino: 0, uid: 0, gid: 0, dev: 0 }
  }
  const promises = {
    async readFile(path: string, options?: string | { encoding?: string }) {
      const found = files.get(path)
      if (found === undefined) throw missing(path)
      const encoding = typeof options === 'string' ? options : options?.encoding
      return encoding === undefined ? found : found.toString('utf8')
    },
    async writeFile(path: string, data: Uint8Array | string) {
      const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data)
      onWrite(path, bytes)
      files.set(path, bytes)
    },
    async unlink(path: string) {
      if (!files.delete(path)) throw missing(path)
    },
    async readdir(path: string) {
      if (!isFolder(path)) throw missing(path)
      const below = [...files.keys()].filter(name => name.startsWith(`${path}/`))
      return [...new Set(below.map(name => name.slice(path.length + 1).split('/')[0] ?? ''))]
    },
    mkdir: async () => undefined,
    rmdir: async () => undefined,
    stat,
    lstat: stat,
    readlink: async (path: string) => Promise.reject(missing(path)),
    symlink: async (path: string) => Promise.reject(missing(path))
  }
  return { promises }
}
