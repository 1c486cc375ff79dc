import type { HostCall } from '../../sandbox/guest/host-call.ts'
import type { WasiData } from './bytes.ts'
import type { WasiCodes } from './codes.ts'
import type { WasiEnds } from './ends.ts'

/** The job's inputs, brought from the node when the program looks at them: they may be larger than its memory. */
export function wasiInputs({ errno }: WasiCodes, { fail }: WasiEnds, call: HostCall, passed: (bytes: number) => void) {
  const WINDOW = 262_144
  const MAX_WINDOWS = 32
  const options = { arguments: { copy: true } }
  /** by last use, oldest first */
  const windows = new Map<string, Uint8Array>()

  const ask = (name: string, path: string, offset = 0, length = 0): unknown => {
    const { error, value } = call.applySyncPromise(undefined, [name, path, offset, length], options) as {
      error?: string
      value?: unknown
    }
    return error === undefined ? value : fail(errno.IO)
  }
  const windowAt = (path: string, size: number, index: number): Uint8Array => {
    const key = `${index}:${path}`
    const from = index * WINDOW
    const found =
      windows.get(key) ?? new Uint8Array(ask('read', path, from, Math.min(WINDOW, size - from)) as ArrayBuffer)
    if (!windows.delete(key)) passed(found.byteLength)
    windows.set(key, found)
    for (const oldest of windows.keys()) {
      if (windows.size <= MAX_WINDOWS) break
      windows.delete(oldest)
    }
    return found
  }

  return {
    /** names and sizes of what lies in a directory; -1 is a directory */
    entries: (path: string) => ask('entries', path) as [name: string, sizeBytes: number][],
    file: (path: string, size: number): WasiData => ({
      size,
      read(at, into) {
        const length = Math.max(0, Math.min(into.byteLength, size - at))
        for (let done = 0; done < length; ) {
          const from = (at + done) % WINDOW
          const window = windowAt(path, size, (at + done - from) / WINDOW)
          const bytes = window.subarray(from, from + Math.min(length - done, WINDOW - from))
          into.set(bytes, done)
          done += bytes.byteLength
        }
        return length
      }
    })
  }
}

export type WasiInputs = ReturnType<typeof wasiInputs>
