import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { compareBytes } from '../../../protocols/common/values.ts'
import { checkParts } from './ledger.ts'

/** Paths a program can list: enough for a data set of small files, and fits one frame. */
const MAX_LISTED = 20_000

interface InputRoot {
  /** container path */
  path: string
  /** where it lies here */
  real: string
}

/** A path that is no input of the job, told to the program in its own terms. */
export class NoInputError extends Error {
  override readonly name = 'NoInputError'
  constructor(path: string, why = 'no such input') {
    super(`${path.slice(0, 200)}: ${why}`)
  }
}

/** Reads a job's inputs for it: container paths only, never through a link that leads outside. */
export class InputFiles {
  readonly #roots: InputRoot[]
  readonly #open = new Map<string, FileHandle>()

  constructor(inputs: readonly { path: string }[], dirs: readonly string[]) {
    this.#roots = inputs.map(({ path }, i) => ({ path, real: dirs[i] ?? '' }))
  }

  /** container paths of the files below `path`, or of all, in byte order */
  async list(path: string): Promise<string[]> {
    const found: string[] = []
    for (const root of this.#roots) await collect(root.real, root.path, found)
    const below = path === '' || path === '/' ? found : found.filter(f => f === path || f.startsWith(`${path}/`))
    return below.sort((a, b) => compareBytes(Buffer.from(a), Buffer.from(b)))
  }

  /** bytes of a file; -1 for a directory */
  async size(path: string): Promise<number> {
    const stat = await lstat(await this.#resolve(path))
    return stat.isDirectory() ? -1 : stat.size
  }

  /** names and sizes of what lies in a directory, in byte order; anything but files and directories is left out */
  async entries(path: string): Promise<[name: string, sizeBytes: number][]> {
    const dir = await this.#resolve(path)
    const names = await readdir(dir)
    if (names.length > MAX_LISTED) throw new NoInputError(path, `more than ${MAX_LISTED} entries`)
    names.sort((a, b) => compareBytes(Buffer.from(a), Buffer.from(b)))
    const found: [string, number][] = []
    for (const name of names) {
      const stat = await lstat(join(dir, name))
      if (stat.isDirectory()) found.push([name, -1])
      else if (stat.isFile()) found.push([name, stat.size])
    }
    return found
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafe(length)
    const { bytesRead } = await (await this.#file(path)).read(bytes, 0, length, offset)
    return bytes.subarray(0, bytesRead)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(h => h.close()))
    this.#open.clear()
  }

  /** One file stays open: a read by ranges asks for the same one again and again. */
  async #file(path: string): Promise<FileHandle> {
    const held = this.#open.get(path)
    if (held !== undefined) return held
    await this.close()
    const handle = await open(
      await this.#resolve(path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    )
    this.#open.set(path, handle)
    if (!(await handle.stat()).isFile()) {
      await this.close()
      throw new NoInputError(path, 'is a directory')
    }
    return handle
  }

  async #resolve(path: string): Promise<string> {
    const root = this.#roots
      .filter(r => path === r.path || path.startsWith(`${r.path}/`))
      .sort((a, b) => b.path.length - a.path.length)[0]
    if (root === undefined) throw new NoInputError(path)
    const rest = path.slice(root.path.length + 1)
    if (path !== root.path) checkParts(path, rest)
    const base = await realpath(root.real)
    const real = await realpath(rest === '' ? base : join(base, rest)).catch(() => undefined)
    if (real === undefined || (real !== base && !real.startsWith(base + sep))) throw new NoInputError(path)
    return real
  }
}

async function collect(real: string, path: string, found: string[]): Promise<void> {
  const stat = await lstat(real)
  if (stat.isFile()) found.push(path)
  if (found.length > MAX_LISTED) throw new NoInputError(path, `more than ${MAX_LISTED} input files`)
  if (!stat.isDirectory()) return
  for (const name of await readdir(real)) await collect(join(real, name), `${path}/${name}`, found)
}
