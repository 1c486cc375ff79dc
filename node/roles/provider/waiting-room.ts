import type { Hex } from '../../../protocols/common/values.ts'
import type { JobInput } from '../../../protocols/matching/input.ts'
import type { AbortOptions } from '../../components.ts'
import { Refused } from './consider.ts'

interface Proposed extends JobInput {
  state: { dealId: Hex }
}

interface Place<T, R> {
  proposal: T
  reply: Promise<R>
  settle(answer: () => R): void
  /** requests that wait for this answer */
  readers: number
}

/** Proposals in hand that are not answered yet, at most one for a job. */
export class WaitingRoom<T extends Proposed, R> {
  readonly #places = new Map<string, Place<T, R>>()

  get size(): number {
    return this.#places.size
  }

  list(): T[] {
    return [...this.#places.values()].map(p => p.proposal)
  }

  /**
   * The answer, once it is there. The same proposal again gets the same answer; a newer one for the same job takes the place of the
   * older, for only one of the two could ever open.
   *
   * @param onLeft called when a creator left before its answer came
   */
  enter(proposal: T, { signal }: AbortOptions, onLeft: () => void): Promise<R> {
    const name = nameOf(proposal)
    const before = this.#places.get(name)
    const isSame = before?.proposal.state.dealId === proposal.state.dealId
    if (before !== undefined && !isSame) this.leave(before.proposal, replaced)
    const place = isSame && before !== undefined ? before : this.#open(name, proposal)
    place.readers++
    const left = (): void => {
      place.readers--
      if (place.readers > 0 || this.#places.get(name) !== place) return
      this.leave(proposal, () => (signal?.reason instanceof Error ? fail(signal.reason) : replaced()))
      onLeft()
    }
    signal?.addEventListener('abort', left, { once: true })
    return place.reply.finally(() => signal?.removeEventListener('abort', left))
  }

  /** Answers a proposal. What `answer` throws is what its creator's request ends with. */
  leave(proposal: T, answer: () => R): void {
    const name = nameOf(proposal)
    const place = this.#places.get(name)
    this.#places.delete(name)
    place?.settle(answer)
  }

  #open(name: string, proposal: T): Place<T, R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>()
    const settle = (answer: () => R): void => {
      try {
        resolve(answer())
      } catch (error) {
        reject(error)
      }
    }
    const place = { proposal, reply: promise, settle, readers: 0 }
    this.#places.set(name, place)
    return place
  }
}

/** All proposals for a job share its nonce. */
const nameOf = ({ offer }: JobInput): string => `${offer.account} ${offer.nonce}`

function replaced(): never {
  throw new Refused('bad-proposal', 'a newer proposal for this job took its place')
}

function fail(error: Error): never {
  throw error
}
