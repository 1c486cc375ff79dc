import type { CID } from 'multiformats/cid'
import { CarViolationError } from './errors.ts'
import { nodeKey } from './node-key.ts'

/**
 * What the receiver of a DAG takes from a stream: only what it asked for, or what a block links to that has come and was checked;
 * each once. Lives as long as the transfer, over several streams.
 */
export class Expected {
  /** asked for or linked to, not here yet */
  readonly #coming = new Map<string, CID>()
  /** here, from wherever */
  readonly #have = new Set<string>()
  /** came in the present stream: its sender does not send it again */
  readonly #came = new Set<string>()
  /** here, and the sender is told so: it may have sent the block meanwhile */
  readonly #crossing = new Set<string>()

  /** not here yet, in the order in which they became known: after a cut this is what is missing */
  get pending(): CID[] {
    return [...this.#coming.values()]
  }

  get isEmpty(): boolean {
    return this.#coming.size === 0
  }

  /** A block that came links to it. `skip`: it is here already, and the sender must be told. */
  link(cid: CID): 'wait' | 'skip' {
    const key = nodeKey(cid)
    if (this.#coming.has(key) || this.#came.has(key)) return 'wait'
    if (!this.#have.has(key)) {
      this.#coming.set(key, cid)
      return 'wait'
    }
    this.#crossing.add(key)
    return 'skip'
  }

  /** It is needed. True when the sender must be asked: no block that came in this stream links to it. */
  want(cid: CID): boolean {
    const key = nodeKey(cid)
    if (this.#coming.has(key) || this.#came.has(key)) return false
    this.#coming.set(key, cid)
    return true
  }

  /** It was found here. True when the sender would send it and must be told. */
  found(cid: CID): boolean {
    const key = nodeKey(cid)
    this.#have.add(key)
    if (!this.#coming.delete(key)) return false
    this.#crossing.add(key)
    return true
  }

  /**
   * A block has come: `known` when it is here already and our word crossed with it. Either way its links come next, and are to be
   * told to `link`. @throws CarViolationError
   */
  arrive(cid: CID): 'new' | 'known' {
    const key = nodeKey(cid)
    if (this.#crossing.delete(key)) {
      this.#came.add(key)
      return 'known'
    }
    if (!this.#coming.delete(key)) {
      throw new CarViolationError('a block that was not asked for', { field: 'cid', value: cid.toString() })
    }
    this.#came.add(key)
    this.#have.add(key)
    return 'new'
  }

  /** A new stream begins: its sender knows nothing of what came before. */
  restart(): void {
    this.#came.clear()
    this.#crossing.clear()
  }
}
