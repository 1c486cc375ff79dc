import { hash } from 'node:crypto'

/** sha2-256 of one or more byte strings, one after the other. 32 bytes. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  const only = parts[0]
  const bytes = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
  // by way of text: half the time of asking for a buffer
  return new Uint8Array(Buffer.from(hash('sha256', bytes, 'hex'), 'hex'))
}
