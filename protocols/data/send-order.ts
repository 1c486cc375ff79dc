import type { CID } from 'multiformats/cid'
import { CarViolationError } from './errors.ts'
import { CAR_LIMITS } from './limits.ts'
import { nodeKey } from './node-key.ts'

/**
 * The order of blocks in a stream: depth first in the order of links, each block once, subtrees one after the other as they were
 * asked for. After `next` has given a CID, `follow` must be told its links before the next call.
 */
export class SendOrder {
  /** the next one last */
  readonly #stack: CID[] = []
  readonly #wanted: CID[] = []
  #wantedAt = 0
  /** sent, or not to be sent */
  readonly #over = new Set<string>()
  #skips = 0
  #blocks = 0

  /** as many blocks as one stream may have */
  get isFull(): boolean {
    return this.#blocks >= CAR_LIMITS.blocks
  }

  /** @throws CarViolationError */
  want(cids: readonly CID[]): void {
    this.#wanted.push(...cids)
    if (this.#wanted.length > CAR_LIMITS.wantsInAll) {
      throw new CarViolationError('too many wants', { value: this.#wanted.length, limit: `${CAR_LIMITS.wantsInAll}` })
    }
  }

  /** @throws CarViolationError */
  skip(cids: readonly CID[]): void {
    for (const cid of cids) this.#over.add(nodeKey(cid))
    this.#skips += cids.length
    if (this.#skips > CAR_LIMITS.skipsInAll) {
      throw new CarViolationError('too many skips', { value: this.#skips, limit: `${CAR_LIMITS.skipsInAll}` })
    }
  }

  /** undefined when all that was asked for has been given */
  next(): CID | undefined {
    for (;;) {
      const cid = this.#stack.pop() ?? this.#wanted[this.#wantedAt++]
      if (cid === undefined) {
        this.#wantedAt = this.#wanted.length
        return undefined
      }
      const key = nodeKey(cid)
      if (this.#over.has(key)) continue
      this.#over.add(key)
      this.#blocks++
      return cid
    }
  }

  /** The links of the block that was given last. */
  follow(links: readonly CID[]): void {
    for (const link of links.toReversed()) this.#stack.push(link)
  }
}
