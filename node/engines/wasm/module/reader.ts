/** Bytes that are no WebAssembly module, or one that this engine does not take. */
export class BadModuleError extends Error {
  override readonly name = 'BadModuleError'
}

/** Reads the binary format; every read is checked against the end. */
export class ModuleReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  at: number

  constructor(bytes: Uint8Array, from = 0, end = bytes.byteLength) {
    this.#bytes = bytes
    this.at = from
    this.#end = end
  }

  get done(): boolean {
    return this.at >= this.#end
  }

  get end(): number {
    return this.#end
  }

  byte(): number {
    if (this.at >= this.#end) throw new BadModuleError('it ends in the middle of a section')
    return this.#bytes[this.at++] as number
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break
        return value
      }
    }
    throw new BadModuleError('it has a number that is too long')
  }

  name(): string {
    const bytes = this.take(this.u32())
    return new TextDecoder().decode(bytes)
  }

  take(length: number): Uint8Array {
    if (length > this.#end - this.at) throw new BadModuleError('it ends in the middle of a section')
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  /** A reader of the next `length` bytes alone; this one goes on behind them. */
  part(length: number): ModuleReader {
    const from = this.at
    this.take(length)
    return new ModuleReader(this.#bytes, from, this.at)
  }
}
