import { inflateSync } from 'node:zlib'
import { InvalidModuleError } from '../../../protocols/modules/errors.ts'
import { GIT_LIMITS } from './limits.ts'

const HEADER_BYTES = 12
const HASH_BYTES = 20
const DELTA_BY_OFFSET = 6
const DELTA_BY_HASH = 7

/**
 * Looks through a pack before it is unpacked for good: a few megabytes can unpack to gigabytes, by compression as well as by
 * deltas that copy one byte range again and again.
 *
 * @throws InvalidModuleError
 */
export function checkPack(pack: Uint8Array): void {
  const bytes = Buffer.from(pack.buffer, pack.byteOffset, pack.byteLength)
  if (bytes.byteLength < HEADER_BYTES + HASH_BYTES || bytes.toString('latin1', 0, 4) !== 'PACK') throw unreadable()
  const count = within('objects', bytes.readUInt32BE(8), GIT_LIMITS.objects)
  const depths = new Map<number, number>()
  const cursor: Cursor = { bytes, at: HEADER_BYTES }
  let total = 0
  let named = 0
  for (let i = 0; i < count; i++) {
    const start = cursor.at
    const { type, size } = readHead(cursor)
    let depth = 0
    if (type === DELTA_BY_OFFSET) depth = 1 + (depths.get(start - readOffset(cursor)) ?? 0)
    if (type === DELTA_BY_HASH) {
      cursor.at += HASH_BYTES
      named = within('deltas with a named base', named + 1, GIT_LIMITS.namedDeltas)
    }
    depths.set(start, within('depth of deltas', depth, GIT_LIMITS.deltaDepth))
    const content = inflateAt(cursor, size)
    const result = type === DELTA_BY_OFFSET || type === DELTA_BY_HASH ? resultSize(content) : size
    total = within(
      'unpacked bytes',
      total + within('bytes of an object', result, GIT_LIMITS.objectBytes),
      GIT_LIMITS.totalBytes
    )
  }
}

interface Cursor {
  bytes: Buffer
  at: number
}

function nextByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.at++]
  if (byte === undefined) throw unreadable()
  return byte
}

/** Seven bits a byte, the lowest first; sums stay exact, as they are not shifted. */
function readVarint(cursor: Cursor, value: number, factor: number): number {
  let [sum, unit] = [value, factor]
  for (;;) {
    const byte = nextByte(cursor)
    sum += (byte & 0x7f) * unit
    unit *= 0x80
    if (byte < 0x80) return sum
    if (unit > Number.MAX_SAFE_INTEGER / 0x80) throw unreadable()
  }
}

function readHead(cursor: Cursor): { type: number; size: number } {
  const first = nextByte(cursor)
  const low = first & 0x0f
  const size = first < 0x80 ? low : readVarint(cursor, low, 0x10)
  return { type: (first >> 4) & 7, size: within('bytes of an object', size, GIT_LIMITS.objectBytes) }
}

/** The highest bits first, and one more for each byte that follows. */
function readOffset(cursor: Cursor): number {
  let byte = nextByte(cursor)
  let offset = byte & 0x7f
  while (byte >= 0x80) {
    byte = nextByte(cursor)
    offset = (offset + 1) * 0x80 + (byte & 0x7f)
    if (offset > cursor.bytes.byteLength) throw unreadable()
  }
  return offset
}

function inflateAt(cursor: Cursor, size: number): Buffer {
  try {
    // what is longer than its head says fails here, before it takes memory
    const options = { info: true, maxOutputLength: Math.max(size, 1) } as const
    const { buffer, engine } = inflateSync(cursor.bytes.subarray(cursor.at), options) as unknown as Inflated
    if (buffer.byteLength !== size) throw unreadable()
    cursor.at += engine.bytesWritten
    return buffer
  } catch (cause) {
    throw unreadable(cause)
  }
}

interface Inflated {
  buffer: Buffer
  /** `bytesWritten` is what it read of its input */
  engine: { bytesWritten: number }
}

/** A delta begins with the sizes of its base and of what it makes. */
function resultSize(delta: Buffer): number {
  const cursor: Cursor = { bytes: delta, at: 0 }
  readVarint(cursor, 0, 1)
  return readVarint(cursor, 0, 1)
}

function within(what: string, value: number, limit: number): number {
  if (value <= limit) return value
  throw new InvalidModuleError(`the repository is too large for a module (${what}: ${value}, at most ${limit})`, {
    field: 'module',
    value,
    limit: String(limit),
    remedy: 'a module is a small repository: name large files by CID in the job'
  })
}

function unreadable(cause?: unknown): InvalidModuleError {
  const remedy = 'check that the address is that of a git repository'
  return new InvalidModuleError('what the git server sent is no pack', { field: 'module', remedy, cause })
}
