import ivm from 'isolated-vm'
import { OUT_OF_MEMORY } from '../sandbox/isolate-ending.ts'
import { MIN_MEMORY_BYTES, type SandboxEnd } from '../sandbox/messages.ts'

const MIB = 1024 * 1024

/** An isolate, how what runs in it is ended from outside, and the end that comes of that. */
export interface OpenIsolate {
  isolate: ivm.Isolate
  end(end: SandboxEnd): void
  endedEarly: Promise<SandboxEnd>
}

export function openIsolate(memoryBytes: number): OpenIsolate {
  const { promise: endedEarly, resolve: end } = Promise.withResolvers<SandboxEnd>()
  const isolate = new ivm.Isolate({
    memoryLimit: Math.floor(Math.max(memoryBytes, MIN_MEMORY_BYTES) / MIB),
    // V8 could not stop the program at its limit: nothing in this process is of use any more
    onCatastrophicError: () => end(OUT_OF_MEMORY)
  })
  return { isolate, end, endedEarly }
}
