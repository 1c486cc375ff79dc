import { BadArchiveError } from './errors.ts'
import { BLOCK, decodeHeader, type TarHeader } from './header.ts'

export interface TarEntry extends TarHeader {
  /** the bytes; what is not read is skipped */
  body: AsyncIterable<Uint8Array>
}

/** An extended header holds names and attributes; more is not one. */
const EXTENDED_MAX_BYTES = 1024 * 1024
/** Entries without content, whatever their size field says: readers disagree on whether bytes follow. */
const HEADER_ONLY = new Set(['1', '2', '3', '4', '5', '6'])
/** What is taken from an extended header. */
const USED: ReadonlySet<string> = new Set(['path', 'linkpath', 'size'])
const PLAIN = new Set(['0', '7', ...HEADER_ONLY])

/**
 * The entries of a tar archive: ustar, with PAX and GNU long names. Whatever two readers could understand differently is
 * refused, and so are sparse files, of which a few bytes become as many as their maker likes.
 *
 * @throws BadArchiveError
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const input = new Input(source)
  let extended: Extended | undefined
  for (;;) {
    // some writers leave the empty blocks at the end away
    if (extended === undefined && (await input.atEnd())) return
    const block = await input.take(BLOCK)
    if (isZero(block)) return await end(input)
    const header = decodeHeader(block)
    if (header.type === 'x' || header.type === 'L' || header.type === 'K') {
      extended = { ...extended, ...(await readExtended(input, header, extended)) }
      continue
    }
    const entry = { ...header, ...extended?.fields }
    extended = undefined
    if (!PLAIN.has(entry.type)) throw new BadArchiveError(`an entry of type ${JSON.stringify(entry.type)}`, entry.name)
    if (HEADER_ONLY.has(entry.type) && entry.sizeBytes !== 0)
      throw new BadArchiveError('a link with content', entry.name)
    // to some readers a directory, and what follows it the next header
    if (entry.name === '' || (entry.name.endsWith('/') && entry.sizeBytes !== 0))
      throw new BadArchiveError('a file that is named like a directory', entry.name)
    const body = input.body(entry.sizeBytes)
    yield { ...entry, body }
    for await (const _rest of body);
    await input.take((BLOCK - (entry.sizeBytes % BLOCK)) % BLOCK)
  }
}

interface Extended {
  seen: string
  fields: Partial<TarHeader>
}

async function readExtended(input: Input, { type, sizeBytes }: TarHeader, so?: Extended): Promise<Extended> {
  // of PAX and GNU in one, readers believe the one or the other
  const isMixed = so !== undefined && (type === 'x' || so.seen.includes('x'))
  if (isMixed || so?.seen.includes(type) === true) throw new BadArchiveError('two extended headers for one entry')
  if (sizeBytes > EXTENDED_MAX_BYTES) throw new BadArchiveError('an extended header of this size', sizeBytes)
  const bytes = await input.take(sizeBytes)
  await input.take((BLOCK - (sizeBytes % BLOCK)) % BLOCK)
  const long = () => bytes.toString('utf8').replace(/\0.*$/s, '')
  const fields = type === 'x' ? pax(bytes) : type === 'L' ? { name: long() } : { link: long() }
  return { seen: `${so?.seen ?? ''}${type}`, fields: { ...so?.fields, ...fields } }
}

/** Records `length key=value\n`; the length counts itself. */
function pax(bytes: Buffer): Partial<TarHeader> {
  const fields: Partial<TarHeader> = {}
  for (let at = 0; at < bytes.byteLength; ) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, space))
    const record = bytes.subarray(space + 1, at + length)
    const equals = record.indexOf(0x3d)
    if (space < 0 || !Number.isSafeInteger(length) || length <= space - at || equals < 1 || record.at(-1) !== 0x0a) {
      throw new BadArchiveError('an extended header')
    }
    const [key, value] = [record.toString('utf8', 0, equals), record.toString('utf8', equals + 1, record.length - 1)]
    if (key.startsWith('GNU.sparse')) throw new BadArchiveError('a sparse file')
    // to some readers an empty value takes back what the header says, to others it does not
    if (value === '' && USED.has(key)) throw new BadArchiveError('an extended header without a value', key)
    if (key === 'path') fields.name = value
    if (key === 'linkpath') fields.link = value
    if (key === 'size') fields.sizeBytes = sizeOf(value)
    at += length
  }
  return fields
}

function sizeOf(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new BadArchiveError('the size of an entry', value)
  return Number(value)
}

/** Two zero blocks end an archive; one alone would be skipped by some readers. */
async function end(input: Input): Promise<void> {
  if (!(await input.atEnd()) && !isZero(await input.take(BLOCK))) throw new BadArchiveError('an empty header inside')
  await input.drain()
}

const isZero = (block: Buffer): boolean => block.every(byte => byte === 0)

/** A stream of chunks read in the lengths that one wants. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = length; left > 0; ) {
      const part = await this.#next(left)
      parts.push(part)
      left -= part.byteLength
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
  }

  async *body(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      const part = await this.#next(left)
      left -= part.byteLength
      yield part
    }
  }

  async atEnd(): Promise<boolean> {
    return !(await this.#fill())
  }

  async drain(): Promise<void> {
    this.#rest = Buffer.alloc(0)
    while ((await this.#chunks.next()).done !== true);
  }

  async #next(most: number): Promise<Buffer> {
    if (!(await this.#fill())) throw new BadArchiveError('it ends in the middle')
    const part = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(part.byteLength)
    return part
  }

  /** Whether there is a byte to read. */
  async #fill(): Promise<boolean> {
    while (this.#rest.byteLength === 0) {
      const { done, value } = await this.#chunks.next()
      if (done === true) return false
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
    return true
  }
}
