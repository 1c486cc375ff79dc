import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type Docker from 'dockerode'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import type { Hex } from '../../../../protocols/common/values.ts'
import { readTar } from '../tar/read.ts'

/** Files of one image: each costs the provider an inode and a block of its disk, and a header of 512 bytes is all it costs the sender. */
export const MAX_ENTRIES = 1_000_000

/** How the daemon tells compressed from plain: by the first bytes, which in a tar archive are a name. A file can be both. */
const COMPRESSED = [
  Buffer.from('BZh'),
  Buffer.from('1f8b', 'hex'),
  Buffer.from('fd377a58', 'hex'),
  Buffer.from('28b52ffd', 'hex')
]
/** A zstd frame to be skipped: 0x50 to 0x5f, then this. */
const SKIPPABLE = Buffer.from('2a4d18', 'hex')
const MAGIC_BYTES = 4

/**
 * Whether a file is the layer that a manifest names, before the daemon sees it: the daemon would unpack what is compressed and what
 * is sparse to any size first, and find out about the digest afterwards.
 *
 * @param maxEntries what the layers before it have left
 * @returns how many files it has
 * @throws InvalidInputError, BadArchiveError
 */
export async function checkLayer(
  path: string,
  layer: { diffId: Hex; sizeBytes: number },
  maxEntries = MAX_ENTRIES
): Promise<number> {
  const { size } = await stat(path)
  if (size !== layer.sizeBytes) throw wrong('its size', size, `${layer.sizeBytes} bytes`)
  if (await looksCompressed(path)) throw wrong('its first bytes', 'compressed', 'an uncompressed tar archive')
  const hash = createHash('sha256')
  let entries = 0
  for await (const _entry of readTar(hashed(createReadStream(path), hash))) {
    entries += 1
    if (entries > maxEntries) throw wrong('the number of files', entries, `${MAX_ENTRIES} files in all`)
  }
  const digest = `0x${hash.digest('hex')}`
  if (digest !== layer.diffId) throw wrong('its diff id', digest, layer.diffId)
  return entries
}

async function looksCompressed(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0)
    const starts = COMPRESSED.some(magic => buffer.subarray(0, magic.byteLength).equals(magic))
    return starts || ((buffer[0] ?? 0) >> 4 === 5 && buffer.subarray(1).equals(SKIPPABLE))
  } finally {
    await file.close()
  }
}

const wrong = (what: string, value: unknown, limit: string): InvalidInputError =>
  new InvalidInputError(`a layer of the image is not what its manifest says: ${what}`, {
    field: 'layers',
    value,
    limit
  })

async function* hashed(
  source: AsyncIterable<Buffer>,
  hash: { update(bytes: Buffer): unknown }
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
}

/** How many layers from the bottom up the daemon has, in whichever of its images: it stacks them, so only a whole stack counts. */
export async function layersPresent(docker: Docker, diffIds: readonly Hex[]): Promise<number> {
  let most = 0
  for (const { Id } of await docker.listImages()) {
    const found = await docker
      .getImage(Id)
      .inspect()
      .catch(() => undefined)
    const has = found?.RootFS?.Layers ?? []
    const differs = diffIds.findIndex((id, i) => has[i] !== `sha256:${id.slice(2)}`)
    most = Math.max(most, differs === -1 ? diffIds.length : differs)
  }
  return most
}
