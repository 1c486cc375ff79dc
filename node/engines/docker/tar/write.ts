import { BLOCK, encodeHeader, type NewEntry } from './header.ts'

/** Something to put into an archive: its bytes, or a stream of exactly `sizeBytes` of them. */
export type Content = NewEntry & ({ bytes?: Uint8Array } | { sizeBytes: number; stream: AsyncIterable<Uint8Array> })

/** A ustar archive, piece by piece. Names have at most 100 bytes. */
export async function* writeTar(entries: Iterable<Content>): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    const bytes = 'bytes' in entry ? (entry.bytes ?? new Uint8Array(0)) : undefined
    const sizeBytes = bytes?.byteLength ?? entry.sizeBytes ?? 0
    yield encodeHeader({ ...entry, sizeBytes })
    if (bytes !== undefined) yield bytes
    else if ('stream' in entry) yield* entry.stream
    yield Buffer.alloc((BLOCK - (sizeBytes % BLOCK)) % BLOCK)
  }
  yield Buffer.alloc(2 * BLOCK)
}

/** A small archive at once. */
export function packTar(entries: Iterable<NewEntry & { bytes?: Uint8Array }>): Buffer {
  const parts: Uint8Array[] = []
  for (const entry of entries) {
    const bytes = entry.bytes ?? new Uint8Array(0)
    parts.push(encodeHeader({ ...entry, sizeBytes: bytes.byteLength }), bytes)
    parts.push(Buffer.alloc((BLOCK - (bytes.byteLength % BLOCK)) % BLOCK))
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)])
}
