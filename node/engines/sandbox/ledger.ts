/** Files and directories one job may make: the importer and the creator's disk pay for each. */
export const MAX_OUTPUT_ENTRIES = 20_000
const MAX_PATH_BYTES = 1024
const MAX_NAME_BYTES = 255
const MAX_DEPTH = 32

export interface OutputPlace {
  /** name of the spec's output */
  name: string
  /** path below the output, '' for the output itself as a file */
  rest: string
}

/** The job wrote more than its specification allows: bytes or number of files. */
export class QuotaError extends Error {
  override readonly name = 'QuotaError'
  constructor(what: string, limit: number) {
    super(`the job’s outputs have more than ${limit} ${what}`)
  }
}

/** A name that no output may have; the program sees it as an exception. */
export class BadPathError extends Error {
  override readonly name = 'BadPathError'
  constructor(path: string, why: string) {
    super(`output path ${JSON.stringify(path.slice(0, 200))} ${why}`)
  }
}

/**
 * Which files a job has written, and how much. Kept twice: in the sandbox, so that the program sees its error at once,
 * and in the node, which believes nothing that a sandbox says.
 */
export class OutputLedger {
  readonly #outputs: { name: string; path: string }[]
  readonly #maxBytes: number
  readonly #files = new Map<string, number>()
  readonly #dirs = new Set<string>()
  #bytes = 0

  constructor(outputs: { name: string; path: string }[], maxBytes: number) {
    this.#outputs = outputs
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Counts a write of `length` bytes to `path` (a container path, or one relative to the first output).
   *
   * @throws BadPathError, QuotaError
   */
  write(path: string, length: number, append: boolean): OutputPlace {
    const place = this.#locate(path)
    const key = keyOf(place)
    if (this.#dirs.has(key)) throw new BadPathError(path, 'is a directory')
    this.#claim(key, path)
    const before = this.#files.get(key) ?? 0
    const after = append ? before + length : length
    if (this.#bytes - before + after > this.#maxBytes) throw new QuotaError('bytes', this.#maxBytes)
    this.#bytes += after - before
    this.#files.set(key, after)
    return place
  }

  /**
   * Counts a directory, which may stay empty.
   *
   * @throws BadPathError, QuotaError
   */
  directory(path: string): OutputPlace {
    const place = this.#locate(path)
    const key = keyOf(place)
    if (this.#files.has(key)) throw new BadPathError(path, 'is a file')
    if (!this.#dirs.has(key)) this.#claim(key, path)
    this.#dirs.add(key)
    return place
  }

  #locate(path: string): OutputPlace {
    const first = this.#outputs[0]
    if (first === undefined) throw new BadPathError(path, 'is refused: the job has no outputs')
    const full = path.startsWith('/') ? path : `${first.path}/${path}`
    // the longest match wins: /outputs/a/b before /outputs/a
    const found = this.#outputs
      .filter(o => full === o.path || full.startsWith(`${o.path}/`))
      .sort((a, b) => b.path.length - a.path.length)[0]
    if (found === undefined) throw new BadPathError(path, 'is below none of the job’s outputs')
    const rest = full.slice(found.path.length + 1)
    if (full !== found.path) checkParts(path, rest)
    return { name: found.name, rest }
  }

  /** Room for one more entry and the directories above it: nothing lies below a file, and the number of all is bounded. */
  #claim(key: string, path: string): void {
    if (this.#files.has(key)) return
    const parts = key.split('/')
    const parents = parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
    if (parents.some(p => this.#files.has(p))) throw new BadPathError(path, 'goes through a file')
    const fresh = parents.filter(p => !this.#dirs.has(p))
    if (this.#files.size + this.#dirs.size + fresh.length + 1 > MAX_OUTPUT_ENTRIES) {
      throw new QuotaError('files and directories', MAX_OUTPUT_ENTRIES)
    }
    for (const p of fresh) this.#dirs.add(p)
  }
}

const keyOf = ({ name, rest }: OutputPlace): string => (rest === '' ? name : `${name}/${rest}`)

/** @throws BadPathError when a relative path could mean anything but one file below its root, here or on the creator's disk */
export function checkParts(path: string, rest: string): void {
  if (!rest.isWellFormed()) throw new BadPathError(path, 'is not valid Unicode')
  if (Buffer.byteLength(rest) > MAX_PATH_BYTES) throw new BadPathError(path, `is longer than ${MAX_PATH_BYTES} bytes`)
  const parts = rest.split('/')
  if (parts.length > MAX_DEPTH) throw new BadPathError(path, `is deeper than ${MAX_DEPTH} directories`)
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') throw new BadPathError(path, 'has an empty, "." or ".." part')
    if (/[\u0000-\u001f\u007f]/.test(part)) throw new BadPathError(path, 'has a control character')
    if (Buffer.byteLength(part) > MAX_NAME_BYTES)
      throw new BadPathError(path, `has a name over ${MAX_NAME_BYTES} bytes`)
  }
}
