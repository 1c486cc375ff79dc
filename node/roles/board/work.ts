import type { BoardRequest } from '../../../protocols/board/types.ts'
import type { Hex } from '../../../protocols/common/values.ts'
import type { Journal } from '../../journal/journal.ts'

/** A request that this node may serve, as far as it has come. */
export interface Work {
  id: Hex
  request: BoardRequest
  job: Uint8Array
  /** encoded specification, once it is here */
  spec?: Uint8Array
  /** taken: written before the job is submitted, so that a restart knows of it */
  taken?: { jobId: string; seat: number }
}

const INDEX = 'board/open'
/** Open requests that are kept in mind; what comes beyond is somebody else's. */
export const MAX_WORK = 1024

type KeptIn = Pick<Journal, 'getValue' | 'setValue' | 'deleteValue' | 'transaction'>

/** The open requests of a board in the journal. */
export class WorkList {
  readonly #journal: KeptIn

  constructor(journal: KeptIn) {
    this.#journal = journal
  }

  ids(): Hex[] {
    return this.#journal.getValue<Hex[]>(INDEX) ?? []
  }

  get(id: Hex): Work | undefined {
    return this.#journal.getValue<Work>(keyOf(id))
  }

  /** False when there is no room for another one. */
  put(work: Work): boolean {
    const ids = this.ids()
    const isNew = !ids.includes(work.id)
    if (isNew && ids.length >= MAX_WORK) return false
    this.#journal.transaction(() => {
      this.#journal.setValue(keyOf(work.id), work)
      if (isNew) this.#journal.setValue(INDEX, [...ids, work.id])
    })
    return true
  }

  drop(id: Hex): void {
    this.#journal.transaction(() => {
      this.#journal.deleteValue(keyOf(id))
      this.#journal.setValue(
        INDEX,
        this.ids().filter(other => other !== id)
      )
    })
  }
}

const keyOf = (id: Hex): string => `board/request/${id}`
