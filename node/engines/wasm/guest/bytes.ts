/** What an open file reads. */
export interface WasiData {
  readonly size: number
  /** bytes from `at` into a buffer; fewer at the end of the file */
  read(at: number, into: Uint8Array): number
}

/**
 * Content of files that the program writes. It is kept in pieces: a growing file is never copied whole, and a hole costs nothing.
 *
 * @param charge told of bytes of memory before they are taken, and (negative) after they are given back; it may throw
 */
export function wasiBytes(charge: (bytes: number) => void) {
  const PIECE = 262_144
  const LEAST = 256

  class Bytes implements WasiData {
    readonly #pieces = new Map<number, Uint8Array>()
    size = 0

    read(at: number, into: Uint8Array): number {
      const length = Math.max(0, Math.min(into.byteLength, this.size - at))
      for (let done = 0; done < length; ) {
        const from = (at + done) % PIECE
        const wanted = Math.min(length - done, PIECE - from)
        const found = this.#pieces.get((at + done - from) / PIECE)?.subarray(from, from + wanted)
        if (found !== undefined) into.set(found, done)
        into.fill(0, done + (found?.byteLength ?? 0), done + wanted)
        done += wanted
      }
      return length
    }

    write(at: number, bytes: Uint8Array): void {
      for (let done = 0; done < bytes.byteLength; ) {
        const from = (at + done) % PIECE
        const length = Math.min(bytes.byteLength - done, PIECE - from)
        this.#piece((at + done - from) / PIECE, from + length).set(bytes.subarray(done, done + length), from)
        done += length
        this.size = Math.max(this.size, at + done)
      }
    }

    resize(size: number): void {
      const last = Math.floor(size / PIECE)
      for (const [index, piece] of size < this.size ? this.#pieces : []) {
        if (index === last) piece.fill(0, size % PIECE)
        if (index > last || (index === last && size % PIECE === 0)) {
          this.#pieces.delete(index)
          charge(-piece.byteLength)
        }
      }
      this.size = size
    }

    /** A piece with room up to `end`; it grows by doubling until it has its full size. */
    #piece(index: number, end: number): Uint8Array {
      const old = this.#pieces.get(index)
      if (old !== undefined && old.byteLength >= end) return old
      let size = Math.max(LEAST, old?.byteLength ?? 0)
      while (size < end) size *= 2
      charge(size - (old?.byteLength ?? 0))
      const grown = new Uint8Array(size)
      if (old !== undefined) grown.set(old)
      this.#pieces.set(index, grown)
      return grown
    }
  }
  return { make: () => new Bytes() }
}

export type WasiBytes = ReturnType<ReturnType<typeof wasiBytes>['make']>
