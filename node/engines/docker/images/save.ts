import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type Docker from 'dockerode'
import { z } from 'zod'
import { messageOf, TooLargeError } from '../../../../protocols/common/errors.ts'
import { parse } from '../../../../protocols/common/parse.ts'
import type { Hex } from '../../../../protocols/common/values.ts'
import { IMAGE_LIMITS, parseImageConfig } from '../../../../protocols/images/manifest.ts'
import type { AbortOptions } from '../../engine.ts'
import { ImageUnavailableError } from '../../errors.ts'
import { BadArchiveError } from '../tar/errors.ts'
import { readTar } from '../tar/read.ts'
import { imageTrouble } from '../trouble.ts'

/** An image taken out of the engine: files in a directory of the caller's. */
export interface SavedImage {
  /** the bytes whose sha2-256 is the image's id */
  config: Buffer
  /** uncompressed tar archives, from the bottom up */
  layers: { path: string; diffId: Hex; sizeBytes: number }[]
}

export interface SaveOptions extends AbortOptions {
  /** refused as soon as the image turns out to be larger */
  maxBytes: number
  onProgress?: (bytes: number) => void
}

const INDEX_MAX_BYTES = 1024 * 1024
/** A layer is a handful of entries. */
const MAX_ENTRIES = 8 * IMAGE_LIMITS.layers
const index = z
  .array(z.object({ Config: z.string().max(512), Layers: z.array(z.string().max(512)).max(IMAGE_LIMITS.layers) }))
  .min(1)
  .max(16)

/**
 * Saves an image as `docker save` does, in either of its layouts, and takes it apart. The daemon's bytes are checked like anyone's:
 * each layer against the diff id in the configuration.
 *
 * @throws ImageUnavailableError, BadArchiveError, InvalidInputError, TooLargeError
 */
export async function saveImage(docker: Docker, name: string, dir: string, options: SaveOptions): Promise<SavedImage> {
  const archive = await openImage(docker, name, options)
  const files = await unpack(archive, dir, options)
  const entry = parse(index, await json(files, 'manifest.json'), 'manifest.json of the image')[0]
  if (entry === undefined) throw new BadArchiveError('it names no image')
  const config = await readFile(fileOf(files, entry.Config))
  const { diffIds } = parseImageConfig(config)
  if (diffIds.length !== entry.Layers.length) throw new BadArchiveError('it lacks a layer of its configuration')
  const layers: SavedImage['layers'] = []
  for (const [i, diffId] of diffIds.entries()) {
    options.signal?.throwIfAborted()
    layers.push(await plainLayer(fileOf(files, entry.Layers[i] ?? ''), diffId, options.maxBytes))
  }
  return { config, layers }
}

async function openImage(docker: Docker, name: string, { signal }: AbortOptions): Promise<Readable> {
  try {
    const image = docker.getImage(name)
    // a save of something that is not there would begin like one that is
    await image.inspect()
    const stream = (await image.get()) as Readable
    signal?.addEventListener('abort', () => stream.destroy(signal.reason), { once: true })
    return stream
  } catch (cause) {
    if ((cause as { statusCode?: number }).statusCode !== 404) throw imageTrouble(name, cause)
    const remedy = `pull or build it first: docker pull ${name}`
    throw new ImageUnavailableError(name, 'this engine does not have it', remedy, cause)
  }
}

/** Name in the archive → file on disk; a layer that two places share is a link in the older layout. */
type Files = Map<string, string>

async function unpack(archive: Readable, dir: string, { maxBytes, onProgress }: SaveOptions): Promise<Files> {
  const files: Files = new Map()
  const links = new Map<string, string>()
  let bytes = 0
  let entries = 0
  for await (const { name, type, link, sizeBytes, body } of readTar(archive)) {
    if (++entries > MAX_ENTRIES) throw new TooLargeError('files of an image archive', entries, MAX_ENTRIES)
    bytes += sizeBytes
    if (bytes > maxBytes)
      throw new TooLargeError('image (bytes)', bytes, maxBytes, 'raise --storage-quota, or use a smaller image')
    const path = posix.normalize(name)
    if (type === '2') links.set(path, posix.join(posix.dirname(path), link))
    if (type === '1') links.set(path, posix.normalize(link))
    if (type !== '0') continue
    // named by number: no name of the archive's reaches the disk
    const file = join(dir, String(entries))
    await pipeline(Readable.from(body), createWriteStream(file, { flags: 'wx' }))
    files.set(path, file)
    onProgress?.(bytes)
  }
  for (const [path, target] of links) {
    const file = files.get(target)
    if (file !== undefined) files.set(path, file)
  }
  return files
}

function fileOf(files: Files, name: string): string {
  const file = files.get(posix.normalize(name))
  if (file === undefined) throw new BadArchiveError('a file that it names is not in it', name)
  return file
}

async function json(files: Files, name: string): Promise<unknown> {
  const file = fileOf(files, name)
  const { size } = await stat(file)
  if (size > INDEX_MAX_BYTES) throw new TooLargeError(`${name} (bytes)`, size, INDEX_MAX_BYTES)
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new BadArchiveError(`${name}: ${messageOf(cause)}`)
  }
}

/** Engines that store what registries sent save layers compressed: first bytes of each form. */
const COMPRESSED: { magic: string; open: () => Transform }[] = [
  { magic: '1f8b', open: createGunzip },
  { magic: '28b52ffd', open: createZstdDecompress }
]

async function plainLayer(path: string, diffId: Hex, maxBytes: number): Promise<SavedImage['layers'][number]> {
  const first = await firstBytes(path)
  const compressed = COMPRESSED.find(({ magic }) => first.startsWith(magic))
  const plain = compressed === undefined ? path : `${path}.tar`
  if (compressed !== undefined) {
    await pipeline(createReadStream(path), compressed.open(), upTo(maxBytes), createWriteStream(plain, { flags: 'w' }))
    await rm(path, { force: true })
  }
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of createReadStream(plain)) {
    hash.update(chunk as Buffer)
    sizeBytes += (chunk as Buffer).byteLength
  }
  if (`0x${hash.digest('hex')}` !== diffId) throw new BadArchiveError('a layer does not have its diff id', diffId)
  return { path: plain, diffId, sizeBytes }
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.toString('hex', 0, bytesRead)
  } finally {
    await file.close()
  }
}

function upTo(maxBytes: number) {
  return async function* limited(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0
    for await (const chunk of source) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw new TooLargeError('layer (bytes)', bytes, maxBytes)
      yield chunk
    }
  }
}
