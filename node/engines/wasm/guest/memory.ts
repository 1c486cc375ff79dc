import type { WasiCodes } from './codes.ts'
import type { WasiEnds } from './ends.ts'

/** The program's memory as calls see it. Every address is checked; a bad one is FAULT for the program. */
export function wasiMemory({ errno }: WasiCodes, { fail }: WasiEnds) {
  const MAX_PATH_BYTES = 4096
  /** as IOV_MAX of Linux */
  const MAX_VECTORS = 1024
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let memory: { readonly buffer: ArrayBuffer } | undefined
  let bytes = new Uint8Array(0)
  let view = new DataView(bytes.buffer)

  /** Growing the memory gives it another buffer. */
  const refresh = () => {
    if (memory === undefined || memory.buffer === bytes.buffer) return
    bytes = new Uint8Array(memory.buffer)
    view = new DataView(memory.buffer)
  }
  const slice = (pointer: number, length: number): Uint8Array => {
    refresh()
    const from = pointer >>> 0
    const to = from + (length >>> 0)
    return to > bytes.byteLength ? fail(errno.FAULT) : bytes.subarray(from, to)
  }
  /** the view for a value of so many bytes */
  const at = (pointer: number, length: number): DataView => {
    refresh()
    return (pointer >>> 0) + length > bytes.byteLength ? fail(errno.FAULT) : view
  }
  const u32 = (pointer: number): number => at(pointer, 4).getUint32(pointer >>> 0, true)

  return {
    attach(to: { readonly buffer: ArrayBuffer }) {
      memory = to
    },
    /** bytes that the program has now */
    size: () => memory?.buffer.byteLength ?? 0,
    slice,
    u32,
    u8: (pointer: number): number => at(pointer, 1).getUint8(pointer >>> 0),
    u16: (pointer: number): number => at(pointer, 2).getUint16(pointer >>> 0, true),
    u64: (pointer: number): bigint => at(pointer, 8).getBigUint64(pointer >>> 0, true),
    setU8: (pointer: number, value: number) => at(pointer, 1).setUint8(pointer >>> 0, value),
    setU16: (pointer: number, value: number) => at(pointer, 2).setUint16(pointer >>> 0, value, true),
    setU32: (pointer: number, value: number) => at(pointer, 4).setUint32(pointer >>> 0, value, true),
    setU64: (pointer: number, value: bigint) => at(pointer, 8).setBigUint64(pointer >>> 0, value, true),
    path(pointer: number, length: number): string {
      if (length >>> 0 > MAX_PATH_BYTES) fail(errno.NAMETOOLONG)
      const path = slice(pointer, length)
      if (path.includes(0)) fail(errno.INVAL)
      try {
        return decoder.decode(path)
      } catch {
        return fail(errno.ILSEQ)
      }
    },
    /** the buffers that a list of addresses and lengths names */
    vectors(pointer: number, count: number): Uint8Array[] {
      if (count >>> 0 > MAX_VECTORS) fail(errno.INVAL)
      const found: Uint8Array[] = []
      for (let i = 0; i < count; i++) found.push(slice(u32(pointer + 8 * i), u32(pointer + 8 * i + 4)))
      return found
    }
  }
}

export type WasiMemory = ReturnType<typeof wasiMemory>
