import { BadArchiveError } from './errors.ts'

export const BLOCK = 512
const SPACES = '        '

/** What of an entry matters here. */
export interface TarHeader {
  name: string
  sizeBytes: number
  /** `0` file, `1` hard link, `2` symbolic link, `5` directory, `x` extended header … */
  type: string
  /** where a link leads */
  link: string
}

export interface NewEntry {
  name: string
  sizeBytes?: number
  type?: '0' | '2' | '5'
  mode?: number
  link?: string
}

/** A ustar header owned by root and without a time, so that the same content gives the same bytes. */
export function encodeHeader({ name, sizeBytes = 0, type = '0', mode = 0o644, link = '' }: NewEntry): Buffer {
  const header = Buffer.alloc(BLOCK)
  const octal = (n: number, width: number) => `${n.toString(8).padStart(width - 1, '0')}\0`
  header.write(name, 0, 100)
  header.write(octal(mode, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  writeSize(header, sizeBytes)
  header.write(octal(0, 12), 136)
  header.write(type, 156)
  header.write(link, 157, 100)
  header.write('ustar\x0000', 257)
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** @throws BadArchiveError */
export function decodeHeader(block: Buffer): TarHeader {
  const stored = octal(block, 148, 8)
  if (stored !== checksum(block)) throw new BadArchiveError('the checksum of a header is wrong')
  const isUstar = block.toString('latin1', 257, 262) === 'ustar'
  const prefix = isUstar && block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : ''
  const name = text(block, 0, 100)
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    sizeBytes: sizeOf(block),
    type,
    link: text(block, 157, 100)
  }
}

/** The sum of a header's bytes with spaces in the checksum's own place. */
function checksum(header: Buffer): number {
  const copy = Buffer.from(header)
  copy.write(SPACES, 148)
  return copy.reduce((sum, byte) => sum + byte, 0)
}

/** Eight GiB and more do not fit eleven octal digits: GNU's binary form. */
const BINARY = 0x80
const OCTAL_MAX = 8 ** 11 - 1

function writeSize(header: Buffer, sizeBytes: number): void {
  if (sizeBytes <= OCTAL_MAX) {
    header.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124)
    return
  }
  header[124] = BINARY
  header.writeBigUInt64BE(BigInt(sizeBytes), 128)
}

function sizeOf(header: Buffer): number {
  if (((header[124] ?? 0) & BINARY) === 0) return octal(header, 124, 12)
  const isSmall = header[124] === BINARY && header.subarray(125, 128).every(byte => byte === 0)
  const size = header.readBigUInt64BE(128)
  if (!isSmall || size > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadArchiveError('the size of an entry')
  return Number(size)
}

/** Strict: where two readers see different sizes, they see different archives. */
function octal(header: Buffer, offset: number, length: number): number {
  const [, digits] = /^ *([0-7]*)[ \0]*$/.exec(header.toString('latin1', offset, offset + length)) ?? []
  if (digits === undefined) throw new BadArchiveError('a number in a header')
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function text(header: Buffer, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end === -1 ? length : end)
}
