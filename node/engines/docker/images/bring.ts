import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type Docker from 'dockerode'
import type { CID } from 'multiformats/cid'
import {
  checkLayers,
  decodeImageManifest,
  IMAGE_LIMITS,
  type ImageLayer,
  type ImageManifest,
  imageIdOf,
  parseImageConfig
} from '../../../../protocols/images/manifest.ts'
import type { AbortOptions, PrepareContext, PrepareFetch } from '../../engine.ts'
import { ImageUnavailableError, UnsupportedJobError } from '../../errors.ts'
import { type Content, writeTar } from '../tar/write.ts'
import { checkLayer, layersPresent, MAX_ENTRIES } from './layers.ts'
import { hasImage, loadArchive } from './load.ts'
import type { ImageShelf } from './shelf.ts'

export interface BringComponents {
  docker: Docker
  shelf: ImageShelf
  /** largest image that is taken */
  maxBytes: number
}

/**
 * An image by CID, made the engine's: the manifest, the configuration and the layers that the engine lacks are fetched, checked
 * against CID, size and diff id, packed as an archive of ours and loaded.
 *
 * @returns the image's id
 * @throws ImageUnavailableError, UnsupportedJobError, InvalidInputError, BadArchiveError, and what fetching throws
 */
export async function bringImage(
  c: BringComponents,
  cid: CID,
  context: PrepareContext,
  options: AbortOptions = {}
): Promise<string> {
  const { docker, shelf } = c
  const name = cid.toString()
  const manifest = decodeImageManifest(await context.block(cid, { ...options, maxBytes: IMAGE_LIMITS.manifestBytes }))
  const id = imageIdOf(manifest)
  if (await hasImage(docker, id)) {
    await shelf.touch(id, name)
    return id
  }
  const sizeBytes = manifest.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0)
  if (sizeBytes > c.maxBytes) throw tooLarge(name, sizeBytes, c.maxBytes)
  await checkStore(docker, name)
  const config = await fetchConfig(manifest, context, options)
  const giveBack = await shelf.makeRoom(sizeBytes, name)
  try {
    await loadMissing({ c, name, id, manifest, config }, context, options)
    // a tag that came with an archive has no time
    await shelf.touch(id, name)
    return id
  } finally {
    giveBack()
  }
}

async function loadMissing(loading: Loading, context: PrepareContext, options: AbortOptions): Promise<void> {
  const { docker } = loading.c
  const diffIds = loading.manifest.layers.map(layer => layer.diffId)
  const present = await layersPresent(docker, diffIds)
  try {
    await fetchAndLoad(loading, present, context, options)
  } catch (error) {
    // what was there a moment ago may have been removed since
    if (present === 0 || (await layersPresent(docker, diffIds)) >= present) throw error
    await fetchAndLoad(loading, 0, context, options)
  }
}

function tooLarge(cid: string, sizeBytes: number, maxBytes: number): ImageUnavailableError {
  const remedy = 'choose a provider with a larger --image-quota, or a smaller image'
  return new ImageUnavailableError(
    `ipfs://${cid}`,
    `it has ${sizeBytes} bytes, more than the ${maxBytes} that fit`,
    remedy
  )
}

/** A store of content instead of layers names images otherwise, and wants what it has already once more. */
async function checkStore(docker: Docker, cid: string): Promise<void> {
  const status = ((await docker.info()) as { DriverStatus?: [string, string][] }).DriverStatus ?? []
  if (!status.some(([key, value]) => key === 'driver-type' && value.startsWith('io.containerd'))) return
  const remedy = 'set "features": {"containerd-snapshotter": false} in the configuration of dockerd'
  throw new ImageUnavailableError(`ipfs://${cid}`, "this engine keeps images in containerd's store", remedy)
}

async function fetchConfig(manifest: ImageManifest, context: PrepareContext, options: AbortOptions): Promise<Buffer> {
  const bytes = await context.block(manifest.config, { ...options, maxBytes: IMAGE_LIMITS.configBytes })
  const config = parseImageConfig(bytes)
  checkLayers(manifest, config)
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  if (config.os !== 'linux' || config.architecture !== arch) {
    const has = `${config.os}/${config.architecture}`
    throw new UnsupportedJobError('engine.docker.image', `the image is for ${has}`, `build it for linux/${arch}`, has)
  }
  return Buffer.from(bytes)
}

interface Loading {
  c: BringComponents
  name: string
  id: string
  manifest: ImageManifest
  config: Buffer
}

async function fetchAndLoad(
  { c, name, id, manifest, config }: Loading,
  from: number,
  context: PrepareContext,
  options: AbortOptions
): Promise<void> {
  const missing = manifest.layers.slice(from)
  const totalBytes = missing.reduce((sum, layer) => sum + layer.sizeBytes, 0)
  const files = new Map<string, LayerFile>()
  let doneBytes = 0
  let entries = 0
  try {
    for (const layer of missing) {
      context.onProgress?.({ what: 'image', doneBytes, totalBytes })
      const before = doneBytes
      const onProgress = (bytes: number) =>
        context.onProgress?.({ what: 'image', doneBytes: before + bytes, totalBytes })
      const limits = { ...options, maxBytes: layer.sizeBytes, onProgress }
      const file = files.get(layer.diffId) ?? (await fetchLayer(layer, MAX_ENTRIES - entries, context, limits))
      files.set(layer.diffId, file)
      // one that is there twice is unpacked twice
      entries += file.entries
      doneBytes += layer.sizeBytes
    }
    context.onProgress?.({ what: 'image', doneBytes, totalBytes })
    const content = archiveOf(c.shelf.tagOf(name), id, config, manifest, files)
    await loadArchive(c.docker, writeTar(counted(content, context.onProgress)), options)
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason
    throw error
  } finally {
    // the store has them, and by now the engine
    for (const { path } of files.values()) await rm(path, { force: true })
  }
  if (await hasImage(c.docker, id)) return
  throw new ImageUnavailableError(`ipfs://${name}`, 'the engine made another image of it', 'push the image again')
}

interface LayerFile {
  path: string
  sizeBytes: number
  entries: number
}

async function fetchLayer(
  layer: ImageLayer,
  maxEntries: number,
  context: PrepareContext,
  options: PrepareFetch
): Promise<LayerFile> {
  const path = await context.fetch(layer.cid, options)
  try {
    return { path, sizeBytes: layer.sizeBytes, entries: await checkLayer(path, layer, maxEntries) }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** What `docker load` takes; of the layers only those that the daemon does not have: it never opens the others. */
function archiveOf(
  tag: string,
  id: string,
  config: Buffer,
  { layers }: ImageManifest,
  files: ReadonlyMap<string, LayerFile>
): Content[] {
  const blob = (digest: string) => `blobs/sha256/${digest}`
  const configName = blob(id.slice('sha256:'.length))
  const index = [{ Config: configName, RepoTags: [tag], Layers: layers.map(l => blob(l.diffId.slice(2))) }]
  return [
    { name: 'manifest.json', bytes: Buffer.from(JSON.stringify(index)) },
    { name: configName, bytes: config },
    ...[...files].map(([diffId, { path, sizeBytes }]) => ({
      name: blob(diffId.slice(2)),
      sizeBytes,
      stream: bytesOf(path)
    }))
  ]
}

/** Tells how much of the layers the daemon has taken. */
function counted(entries: readonly Content[], onProgress: PrepareContext['onProgress']): Content[] {
  const totalBytes = entries.reduce((sum, entry) => sum + ('stream' in entry ? entry.sizeBytes : 0), 0)
  let doneBytes = 0
  const tell = () => onProgress?.({ what: 'prepare', doneBytes, totalBytes })
  const told = async function* (stream: AsyncIterable<Uint8Array>) {
    for await (const bytes of stream) {
      yield bytes
      doneBytes += bytes.byteLength
      tell()
    }
  }
  tell()
  return entries.map(entry => ('stream' in entry ? { ...entry, stream: told(entry.stream) } : entry))
}

/** Opened when it is read. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path)
}
