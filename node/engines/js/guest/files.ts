import type { HostCall } from '../../sandbox/guest/host-call.ts'

/** Part of a file; without it the whole file. Bytes. */
export interface GuestRange {
  offset?: number
  length?: number
}

/** What a program can do with its inputs and outputs. Paths are the specification's container paths. */
export interface GuestFiles {
  inputs: {
    /** paths of all files, or of those below a directory, in byte order */
    list(path?: string): string[]
    /** bytes */
    size(path: string): number
    text(path: string): string
    read(path: string, range?: GuestRange): Uint8Array
  }
  outputs: {
    /** makes the file or replaces it */
    write(path: string, data: string | ArrayBuffer | ArrayBufferView): void
    append(path: string, data: string | ArrayBuffer | ArrayBufferView): void
  }
}

/** Inputs and outputs: every call waits for the node's answer. */
export function guestFiles(call: HostCall): GuestFiles {
  // no prototype, see guestConsole
  const options = { __proto__: null, arguments: { __proto__: null, copy: true } }
  const toText = String
  const View = Uint8Array
  const isView = ArrayBuffer.isView
  const { freeze } = Object

  const ask = (name: string, path: unknown, x?: unknown, y?: unknown): unknown => {
    const answer = call.applySyncPromise(undefined, [name, toText(path), x, y], options)
    const { error, value } = answer as { error?: string; value?: unknown }
    if (error !== undefined) throw new Error(error)
    return value
  }
  const bytesOf = (data: unknown): unknown => {
    if (typeof data === 'string' || data instanceof ArrayBuffer) return data
    if (!isView(data)) throw new TypeError('outputs take a string, a typed array or an ArrayBuffer')
    // a copy of the view's own part: the buffer behind it may be much larger, or shared
    const bytes = new View(data.byteLength)
    bytes.set(new View(data.buffer, data.byteOffset, data.byteLength))
    return bytes.buffer
  }
  return {
    inputs: freeze({
      list: (path = '') => ask('list', path) as string[],
      size: (path: string) => ask('size', path) as number,
      text: (path: string) => ask('text', path) as string,
      read: (path: string, range: GuestRange = {}) =>
        new View(ask('read', path, range.offset ?? 0, range.length ?? -1) as ArrayBuffer)
    }),
    outputs: freeze({
      write: (path: string, data: unknown) => void ask('write', path, bytesOf(data), false),
      append: (path: string, data: unknown) => void ask('write', path, bytesOf(data), true)
    })
  }
}
