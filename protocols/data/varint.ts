import { CarViolationError } from './errors.ts'

/** Longest length prefix: four groups of seven bits hold every length that is allowed here. */
const MAX_BYTES = 4

/** An unsigned LEB128 number, as multiformats has it. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Uint8Array.from([...bytes, rest])
}

/** Reads a number byte by byte, in its one shortest form. */
export class VarintReader {
  #value = 0
  #count = 0

  get bytes(): number {
    return this.#count
  }

  /** The number once its last byte has come, until then undefined. @throws CarViolationError */
  push(byte: number): number | undefined {
    this.#value += (byte & 0x7f) * 2 ** (7 * this.#count)
    this.#count++
    if (byte < 0x80) {
      if (byte === 0 && this.#count > 1) throw new CarViolationError('a length that is not in its shortest form')
      return this.#value
    }
    if (this.#count >= MAX_BYTES)
      throw new CarViolationError('a length prefix without end', { limit: `${MAX_BYTES} bytes` })
    return undefined
  }
}
