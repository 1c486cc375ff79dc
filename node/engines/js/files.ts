import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { compareBytes } from '../../../protocols/common/values.ts'
import { checkParts, OutputLedger } from './ledger.ts'

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

  async size(path: string): Promise<number> {
    return (await (await this.#file(path)).stat()).size
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

/** Writes what a job puts out, after checking name, number and size again on this side. */
export class OutputFiles {
  readonly #dir: string
  readonly #ledger: OutputLedger
  readonly #made = new Set<string>()

  constructor(outputs: { name: string; path: string }[], maxBytes: number, dir: string) {
    this.#ledger = new OutputLedger(outputs, maxBytes)
    this.#dir = dir
  }

  /** @throws QuotaError, BadPathError */
  async write(path: string, bytes: Uint8Array, append: boolean): Promise<void> {
    const { name, rest } = this.#ledger.write(path, bytes.byteLength, append)
    const file = rest === '' ? join(this.#dir, name) : join(this.#dir, name, rest)
    const dir = dirname(file)
    if (!this.#made.has(dir)) await mkdir(dir, { recursive: true })
    this.#made.add(dir)
    const how = append ? constants.O_APPEND : constants.O_TRUNC
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | how, 0o644)
    try {
      await handle.writeFile(bytes)
    } finally {
      await handle.close()
    }
  }
}
