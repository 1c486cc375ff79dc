import type { WASI_PARTS } from '../../../node/engines/wasm/guest/index.ts'
import type { WasiMemory } from '../../../node/engines/wasm/guest/memory.ts'
import { collect, type GuestInit, makeGuest } from './guest.ts'

export type Call = (...args: (number | bigint)[]) => number

const PAGE = 65_536
/** Where results are written; texts and buffers go above. */
const OUT = 8
const FREE = 1024

/** Descriptor of the root. */
export const ROOT = 3
/** An open file reads and writes. */
export const READ_WRITE = 0x08e0_01ffn

/** The imported functions as a program calls them, with a memory of one page to pass things in. */
export class WasiCalls {
  readonly imports: Record<string, Call> = {}
  readonly bytes: Buffer
  readonly printed: (stream: number) => Buffer
  readonly collected: () => ReturnType<typeof collect>
  readonly #buffer = new ArrayBuffer(PAGE)
  #free = FREE

  constructor(init: GuestInit = {}) {
    this.bytes = Buffer.from(this.#buffer)
    const wasiMain = (_api: unknown, imports: Record<string, unknown>, _ends: unknown, memory: WasiMemory) => {
      memory.attach({ buffer: this.#buffer })
      Object.assign(this.imports, imports)
      return {}
    }
    const { guest, printed } = makeGuest({
      ...init,
      parts: { wasiMain: wasiMain as unknown as (typeof WASI_PARTS)['wasiMain'] }
    })
    this.printed = printed
    this.collected = () => collect(guest.next)
  }

  /** @returns an error number, 0 for success */
  call(name: string, ...args: (number | bigint)[]): number {
    const found = this.imports[name]
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found(...args)
  }

  /** Puts a text into the memory. @returns its address and length, as two arguments */
  text(value: string | Uint8Array): [number, number] {
    const bytes = Buffer.from(value)
    if (this.#free + bytes.byteLength > PAGE) this.#free = FREE
    const at = this.#free
    this.bytes.set(bytes, at)
    this.#free += bytes.byteLength
    return [at, bytes.byteLength]
  }

  /** A list of one buffer. @returns its address and length, as two arguments */
  vector(value: string | number): [number, number] {
    const [at, length] = this.text(typeof value === 'string' ? value : Buffer.alloc(value))
    const list = Buffer.alloc(8)
    list.writeUInt32LE(at, 0)
    list.writeUInt32LE(length, 4)
    // four bytes more, so that it may lie anywhere
    return [this.text(list)[0], 1]
  }

  /** The number that the last call wrote to where `out` leads. */
  get result(): number {
    return this.bytes.readUInt32LE(OUT)
  }

  get out(): number {
    return OUT
  }

  open(path: string, flags = 0, rights = READ_WRITE, how = 0, fd = ROOT): number {
    const error = this.call('path_open', fd, 1, ...this.text(path), flags, rights, 0n, how, OUT)
    return error === 0 ? this.result : -error
  }

  write(fd: number, value: string): number {
    return this.call('fd_write', fd, ...this.vector(value), OUT)
  }

  read(fd: number, length: number): string | number {
    const [list, count] = this.vector(length)
    const error = this.call('fd_read', fd, list, count, OUT)
    const at = this.bytes.readUInt32LE(list)
    return error === 0 ? this.bytes.toString('utf8', at, at + this.result) : -error
  }

  /** type and size */
  stat(path: string, follow = 1): [type: number, size: bigint] | number {
    const [at] = this.text(Buffer.alloc(64))
    const error = this.call('path_filestat_get', ROOT, follow, ...this.text(path), at)
    return error === 0 ? [this.bytes[at + 16] ?? 0, this.bytes.readBigUInt64LE(at + 32)] : -error
  }
}
