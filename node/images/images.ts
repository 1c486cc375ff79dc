import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { UserError } from '../../protocols/common/errors.ts'
import { encodeImageManifest, type ImageLayer, imageIdOf } from '../../protocols/images/manifest.ts'
import type { AbortOptions, Clock } from '../components.ts'
import type { DockerEngine } from '../engines/index.ts'
import type { Journal } from '../journal/journal.ts'
import type { Storage } from '../storage/storage.ts'

/** An image that this node gives to the providers of its jobs. */
export interface SharedImage {
  cid: string
  /** as it was called here when it was pushed */
  name: string
  /** the engine's id of it */
  imageId: string
  layers: number
  /** of all layers */
  sizeBytes: number
  /** what the store did not have before */
  newBytes: number
  pushedAt: number
}

export interface PushProgress {
  step: 'saving' | 'importing'
  doneBytes: number
  totalBytes?: number
}

export interface PushOptions extends AbortOptions {
  onProgress?: (progress: PushProgress) => void
}

export interface ImagesComponents {
  /** directory for what is on its way from the engine to the store */
  dir: string
  docker: Pick<DockerEngine, 'saveImage'>
  storage: Storage
  journal: Journal
  clock: Clock
}

const KEY = 'images'
/** Each is a pin and a line of a list. */
const MAX_IMAGES = 500
/** Progress of ours is not the store's. */
const endsOf = ({ signal }: AbortOptions): AbortOptions => (signal === undefined ? {} : { signal })
const ownerOf = (cid: string): string => `image ${cid}`

/** There is no image of this CID on the list of this node. */
export class ImageNotFoundError extends UserError {
  constructor(cid: string) {
    const remedy = 'put it there with "dcn image push NAME"; "dcn image list" shows what there is'
    super('ImageNotFoundError', `this node shares no image ${cid}`, { field: 'image', value: cid, remedy })
  }
}

/** The images that this node shares by CID: taken out of its engine, kept in its store until they are removed. */
export class Images {
  readonly #c: ImagesComponents

  constructor(components: ImagesComponents) {
    this.#c = components
  }

  list(): SharedImage[] {
    return this.#c.journal.getValue<SharedImage[]>(KEY) ?? []
  }

  /**
   * Imports an image of the engine. The CID depends on the image alone, and layers that another image brought are not stored again.
   *
   * @throws ImageUnavailableError, TooLargeError, QuotaExceededError
   */
  async push(name: string, options: PushOptions = {}): Promise<SharedImage> {
    const { storage, docker, clock } = this.#c
    const others = this.list()
    if (others.length >= MAX_IMAGES) {
      const remedy = 'remove some with "dcn image remove CID"'
      throw new UserError('TooManyImagesError', `this node shares ${others.length} images`, {
        limit: `${MAX_IMAGES}`,
        remedy
      })
    }
    await mkdir(this.#c.dir, { recursive: true })
    const dir = await mkdtemp(join(this.#c.dir, 'push-'))
    try {
      const { usedBytes, quotaBytes } = await storage.usage()
      const ends = endsOf(options)
      const saved = await docker.saveImage(name, dir, {
        ...ends,
        maxBytes: quotaBytes,
        onProgress: doneBytes => options.onProgress?.({ step: 'saving', doneBytes })
      })
      const config = await storage.importBytes(saved.config, ends)
      const layers = await this.#importLayers(saved.layers, options)
      const manifest = { version: 1 as const, config: config.cid, layers }
      const block = encodeImageManifest(manifest)
      await storage.putBlock(block, ends)
      const cid = block.cid.toString()
      await storage.pin(block.cid, ownerOf(cid))
      const image = {
        cid,
        name,
        imageId: imageIdOf(manifest),
        layers: layers.length,
        sizeBytes: layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
        newBytes: Math.max(0, (await storage.usage()).usedBytes - usedBytes),
        pushedAt: clock.nowMs()
      }
      this.#c.journal.setValue(KEY, [...this.list().filter(i => i.cid !== cid), image])
      return image
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  }

  /** The image is not given any more, and its layers go when the store needs room. @throws ImageNotFoundError */
  async remove(cid: string): Promise<void> {
    const others = this.list().filter(image => image.cid !== cid)
    if (others.length === this.list().length) throw new ImageNotFoundError(cid)
    this.#c.journal.setValue(KEY, others)
    await this.#c.storage.unpinAll(ownerOf(cid))
  }

  /** @throws ImageNotFoundError: a provider would ask this node for it, in vain */
  check(cid: CID): void {
    if (!this.list().some(image => image.cid === cid.toString())) throw new ImageNotFoundError(cid.toString())
  }

  /** Removes what a process before this one left half done. */
  async start(): Promise<void> {
    await rm(this.#c.dir, { recursive: true, force: true })
  }

  async #importLayers(
    saved: readonly { path: string; diffId: ImageLayer['diffId']; sizeBytes: number }[],
    options: PushOptions
  ): Promise<ImageLayer[]> {
    const totalBytes = saved.reduce((sum, layer) => sum + layer.sizeBytes, 0)
    const layers: ImageLayer[] = []
    let doneBytes = 0
    for (const { path, diffId, sizeBytes } of saved) {
      options.onProgress?.({ step: 'importing', doneBytes, totalBytes })
      const { cid } = await this.#c.storage.importPath(path, endsOf(options))
      layers.push({ diffId, sizeBytes, cid })
      doneBytes += sizeBytes
    }
    options.onProgress?.({ step: 'importing', doneBytes, totalBytes })
    return layers
  }
}
