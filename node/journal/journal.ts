/** A state machine's record: its current state and how many events made it. */
export interface MachineRecord<S = unknown> {
  /** creation order among all machines: what `list` sorts by and `before` takes */
  seq: number
  id: string
  kind: string
  state: S
  version: number
  done: boolean
  /** `at` of the first and of the last event, unix ms */
  createdAt: number
  updatedAt: number
}

export interface JournalEntry {
  seq: number
  at: number
  event: unknown
}

/**
 * A write that may come to the disk with the next one that does not say `lazy`. A crash of the process loses nothing; a power
 * cut may undo it, and then everything that came after it: what is there is always a beginning of what was written.
 */
export interface WriteOptions {
  lazy?: boolean
}

/** What a list says of a machine: kept beside its state, and made again from that where a crash came between the two. */
export interface Summary {
  /** nothing will change any more */
  done: boolean
  createdAt: number
  state: string
  name?: string
  sweep?: string
  /** JSON text, as it is shown */
  view: string
}

export interface SummaryQuery {
  before?: number
  limit: number
  since?: number
  state?: string
  /** `*` and `?` stand for any text and any character */
  name?: string
  sweep?: string
}

/**
 * Durable log of the node's state machines (SQLite, WAL, synchronous FULL): an event and the state it led to are on disk,
 * in one transaction, before any effect that others can see is carried out. Values may hold bigint, Uint8Array and CID.
 */
export interface Journal {
  start(): void
  stop(): void
  /** @throws JournalConflictError when `expectedVersion` is not the stored one (0 for a new machine) */
  append(
    entry: {
      kind: string
      id: string
      at: number
      event: unknown
      state: unknown
      expectedVersion: number
      done: boolean
    },
    options?: WriteOptions
  ): void
  get<S>(kind: string, id: string): MachineRecord<S> | undefined
  /** how often a machine was written: what was read of it before still holds while this is the same */
  version(kind: string, id: string): number | undefined
  /** machines of a kind, newest first; `before` is the `seq` of the last one seen */
  list<S>(kind: string, options?: { done?: boolean; limit?: number; before?: number }): MachineRecord<S>[]
  history(kind: string, id: string): JournalEntry[]
  setSummary(seq: number, summary: Summary): void
  /** views of what fits, newest first, and how many fit in all */
  summaries(query: SummaryQuery): { total: number; views: string[] }
  /** ids of machines of a kind whose summary is missing or may be of an earlier state */
  unsummarized(kind: string): string[]
  /** a small durable map for cursors, counters and settings */
  getValue<T>(key: string): T | undefined
  setValue(key: string, value: unknown, options?: WriteOptions): void
  deleteValue(key: string): void
  /** several writes, all or none; inside another transaction the outer one's options count */
  transaction<T>(work: () => T, options?: WriteOptions): T
}
