import type Docker from 'dockerode'
import { sha256 } from '../../../../protocols/common/hash.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { ImageUnavailableError } from '../../errors.ts'

export interface ShelfInit {
  nodeId: string
  /** most that images brought by CID may take; a layer that two of them share counts twice */
  quotaBytes: number
  /** an image is kept for so long after its last use, for the job that was agreed on and has not begun */
  holdMs: number
}

/** The images that this node brought, which it may remove again. The daemon keeps the list: each has a tag of this node's. */
export class ImageShelf {
  readonly #docker: Docker
  readonly #init: ShelfInit
  readonly #repo: string
  /** bytes of images that are on their way */
  #coming = 0

  constructor(docker: Docker, init: ShelfInit) {
    this.#docker = docker
    this.#init = init
    this.#repo = `dcn-image-${toHex(sha256(Buffer.from(init.nodeId))).slice(2, 10)}`
  }

  tagOf(cid: string): string {
    return `${this.#repo}:${cid}`
  }

  /** Marks the use of an image that is ours. One that the operator had before stays without a tag, and is never removed. */
  async touch(id: string, cid: string): Promise<void> {
    const isOurs = (await this.#list()).some(image => image.id === id)
    if (isOurs) await this.#docker.getImage(id).tag({ repo: this.#repo, tag: cid })
  }

  /**
   * Removes the images that were used least lately until so many bytes fit. Those that a container uses, the daemon keeps.
   *
   * @returns gives the room back: called when the image is there, and counts by itself, or will not come
   * @throws ImageUnavailableError
   */
  async makeRoom(sizeBytes: number, cid: string): Promise<() => void> {
    const { quotaBytes, holdMs } = this.#init
    const others = this.#coming
    this.#coming += sizeBytes
    const giveBack = (): void => {
      this.#coming -= sizeBytes
    }
    try {
      await this.#removeFor(sizeBytes + others, cid, quotaBytes, holdMs)
      return giveBack
    } catch (error) {
      giveBack()
      throw error
    }
  }

  async #removeFor(sizeBytes: number, cid: string, quotaBytes: number, holdMs: number): Promise<void> {
    const all = await this.#list()
    let used = all.reduce((sum, image) => sum + image.sizeBytes, 0)
    const idle = all.filter(image => Date.now() - image.usedAtMs >= holdMs).sort((a, b) => a.usedAtMs - b.usedAtMs)
    for (const { tag, sizeBytes: freed } of idle) {
      if (used + sizeBytes <= quotaBytes) return
      // 409: a container uses it
      const gone = await this.#docker
        .getImage(tag)
        .remove()
        .then(
          () => true,
          () => false
        )
      if (gone) used -= freed
    }
    if (used + sizeBytes <= quotaBytes) return
    throw new ImageUnavailableError(
      `ipfs://${cid}`,
      `its ${sizeBytes} bytes do not fit the ${quotaBytes} that images may take here, of which ${used} are in use`,
      'choose a provider with a larger --image-quota, or a smaller image'
    )
  }

  async #list(): Promise<{ id: string; tag: string; sizeBytes: number; usedAtMs: number }[]> {
    const reference = [`${this.#repo}:*`]
    const found = await this.#docker.listImages({ filters: JSON.stringify({ reference }) })
    const images = found.flatMap(({ Id: id, Size: sizeBytes, RepoTags }) =>
      (RepoTags ?? []).filter(tag => tag.startsWith(`${this.#repo}:`)).map(tag => ({ id, tag, sizeBytes }))
    )
    return await Promise.all(
      images.map(async image => {
        const found = (await this.#docker.getImage(image.id).inspect()) as { Metadata?: { LastTagTime?: string } }
        // tagging again is what a use is recorded by
        return { ...image, usedAtMs: Date.parse(found.Metadata?.LastTagTime ?? '') || 0 }
      })
    )
  }
}
