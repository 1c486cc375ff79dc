import type { HostCall } from '../../sandbox/guest/host-call.ts'

/**
 * Sends what the program prints to the node as it prints it. After 64 KiB the program waits until the node has taken them, so
 * a flood costs a fixed amount of memory.
 */
export function wasiOutput(
  log: (stream: number, bytes: ArrayBuffer) => void,
  drain: HostCall,
  passed: (bytes: number) => void
) {
  const PIECE = 65_536
  /** what a call costs beside its bytes */
  const CALL_BYTES = 16
  const options = { arguments: { copy: true } }
  let calls = 0
  let undrained = 0

  return {
    print(stream: number, bytes: Uint8Array) {
      for (let at = 0; at < bytes.byteLength; at += PIECE) {
        const piece = bytes.slice(at, at + PIECE)
        log(stream, piece.buffer)
        calls += 1
        passed(piece.byteLength)
        undrained += piece.byteLength + CALL_BYTES
        if (undrained < PIECE) continue
        undrained = 0
        drain.applySyncPromise(undefined, [calls], options)
      }
    },
    /** how often `log` was called so far */
    calls: () => calls
  }
}
