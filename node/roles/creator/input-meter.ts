import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { Served } from '../../storage/storage.ts'
import { inputsOf } from './submission.ts'
import { EVERY_MS, type Transfer } from './transfer-meter.ts'

/** Whoever knows a CID may ask for it, so peers and what they took are counted within bounds; the oldest are forgotten. */
const MAX_PEERS = 256
const MAX_ROOTS = 256

/** The job of that state, as far as it waits for inputs. */
type Waiting = Pick<CreatorState, 'jobId' | 'phase' | 'attempt' | 'specBytes' | 'inputBytes'>

interface Taker {
  toldAt: number
  /** bytes taken by root */
  roots: Map<string, number>
  /** roots of which more was taken since `toldAt` */
  fresh: Set<string>
}

/**
 * Tells how far the inputs of live jobs have gone to their providers, once a second. A stream that resumes after a cut names
 * blocks below the root and is not counted.
 */
export class InputMeter {
  readonly #takers = new Map<string, Taker>()
  readonly #live: () => readonly Waiting[]
  readonly #nowMs: () => number
  readonly #tell: (transfer: Transfer) => void

  constructor(live: () => readonly Waiting[], nowMs: () => number, tell: (transfer: Transfer) => void) {
    this.#live = live
    this.#nowMs = nowMs
    this.#tell = tell
  }

  served({ peer, root, bytes }: Served): void {
    const now = this.#nowMs()
    const taker = this.#takers.get(peer) ?? { toldAt: now, roots: new Map(), fresh: new Set() }
    putLast(this.#takers, peer, taker, MAX_PEERS)
    putLast(taker.roots, root, bytes, MAX_ROOTS)
    taker.fresh.add(root)
    if (now - taker.toldAt < EVERY_MS) return
    for (const job of waitingFor(this.#live(), peer)) {
      if (!rootsOf(job).some(r => taker.fresh.has(r))) continue
      const sum = this.sent(job)
      // blocks are larger than the files in them
      this.#tell({
        job: job.jobId,
        what: 'inputs',
        bytes: sum,
        ...(sum > job.inputBytes ? {} : { totalBytes: job.inputBytes })
      })
    }
    taker.toldAt = now
    taker.fresh.clear()
  }

  /** Bytes of a job's inputs that its provider has taken, as far as they are counted. */
  sent(job: Pick<Waiting, 'attempt' | 'specBytes'>): number {
    const taken = this.#takers.get(job.attempt?.candidate.peer ?? '')?.roots
    return taken === undefined ? 0 : rootsOf(job).reduce((all, root) => all + (taken.get(root) ?? 0), 0)
  }
}

/** Jobs whose inputs that peer fetches now. */
const waitingFor = (live: readonly Waiting[], peer: string): Waiting[] =>
  live.filter(({ phase, attempt }) => (phase === 'agreed' || phase === 'running') && attempt?.candidate.peer === peer)

const rootsOf = ({ specBytes }: Pick<Waiting, 'specBytes'>): string[] => [
  ...new Set(inputsOf(decodeSpec(specBytes)).map(String))
]

function putLast<V>(map: Map<string, V>, key: string, value: V, max: number): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > max && oldest !== undefined) map.delete(oldest)
}
