import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { InternalError, UserError } from '../../protocols/common/errors.ts'
import { decodeValue, encodeValue } from './codec.ts'
import { JournalConflictError, JournalCorruptError } from './errors.ts'
import type { Journal, JournalEntry, MachineRecord, Summary, SummaryQuery, WriteOptions } from './journal.ts'
import { migrate } from './migrations.ts'

/** SQLITE_CORRUPT and SQLITE_NOTADB: the file itself is damaged. */
const DAMAGED = new Set([11, 26])
/** More machines than anybody looks at in one listing; callers page with `before`. */
const LIST_LIMIT = 1000

/** A question that is not asked fits everything. */
const FITS = `created_at >= :since AND (:state IS NULL OR state = :state) AND (:name IS NULL OR name GLOB :name)
  AND (:sweep IS NULL OR sweep = :sweep)`

const SQL = {
  find: 'SELECT * FROM machines WHERE kind = ? AND id = ?',
  version: 'SELECT version FROM machines WHERE kind = ? AND id = ?',
  insert:
    'INSERT INTO machines (kind, id, state, version, done, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?, ?) RETURNING seq',
  update: 'UPDATE machines SET state = ?, version = ?, done = ?, updated_at = ? WHERE seq = ?',
  event: 'INSERT INTO events (machine, version, at, event) VALUES (?, ?, ?, ?)',
  list: 'SELECT * FROM machines WHERE kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  listDone: 'SELECT * FROM machines WHERE kind = ? AND done = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
  history:
    'SELECT e.version, e.at, e.event FROM events e JOIN machines m ON m.seq = e.machine WHERE m.kind = ? AND m.id = ? ORDER BY e.version',
  getValue: 'SELECT value FROM entries WHERE key = ?',
  setValue: 'INSERT INTO entries (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  deleteValue: 'DELETE FROM entries WHERE key = ?',
  setSummary:
    'INSERT OR REPLACE INTO summaries (machine, done, created_at, state, name, sweep, view) VALUES (?, ?, ?, ?, ?, ?, ?)',
  summaries: `SELECT view FROM summaries WHERE machine < :before AND ${FITS} ORDER BY machine DESC LIMIT :limit`,
  countSummaries: `SELECT count(*) AS total FROM summaries WHERE ${FITS}`,
  unsummarized:
    'SELECT m.id FROM machines m LEFT JOIN summaries s ON s.machine = m.seq WHERE m.kind = ? AND coalesce(s.done, 0) = 0'
} as const
type Query = keyof typeof SQL
type Row = Record<string, SQLOutputValue>
/** FULL waits for the disk at each commit; NORMAL leaves it to the next FULL one, or to the checkpoint. */
type Synchronous = 'FULL' | 'NORMAL'

export interface SqliteJournalInit {
  /** the database file; its directory is made when missing */
  path: string
  /** stamps migrations only. @default Date.now */
  now?: () => number
}

/** The journal in one SQLite file. `start` opens and migrates it, `stop` closes it; it can start again. */
export function sqliteJournal(init: SqliteJournalInit): Journal {
  return new SqliteJournal(init.path, init.now ?? Date.now)
}

type SummaryRow = Omit<Summary, 'name' | 'sweep'> & { name?: string | null; sweep?: string | null }

/** A bracket stands for itself: only `*` and `?` are for patterns. */
const globOf = (name: string): string => name.replaceAll('[', '[[]')

class SqliteJournal implements Journal {
  readonly #path: string
  readonly #now: () => number
  #db: DatabaseSync | undefined
  #statements = new Map<Query, StatementSync>()
  #depth = 0
  #synchronous: Synchronous = 'FULL'

  constructor(path: string, now: () => number) {
    this.#path = path
    this.#now = now
  }

  start(): void {
    if (this.#db !== undefined) return
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    // a clean stop removes the write-ahead log: where it lies, the last run was cut off and a check is worth its time
    const unclean = existsSync(`${this.#path}-wal`)
    const db = new DatabaseSync(this.#path)
    try {
      db.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 2000'
      )
      if (unclean) this.#check(db)
      migrate(db, this.#path, this.#now)
      chmodSync(this.#path, 0o600)
    } catch (error) {
      db.close()
      throw this.#translate(error)
    }
    this.#db = db
    this.#synchronous = 'FULL'
  }

  stop(): void {
    this.#statements.clear()
    this.#db?.close()
    this.#db = undefined
    this.#depth = 0
  }

  append(entry: Parameters<Journal['append']>[0], options: WriteOptions = {}): void {
    const { kind, id, at } = entry
    const [event, state] = [encodeValue(entry.event), encodeValue(entry.state)]
    const done = entry.done ? 1 : 0
    this.transaction(() => {
      const row = this.#row('find', kind, id)
      const version = Number(row?.['version'] ?? 0)
      if (version !== entry.expectedVersion) throw new JournalConflictError(kind, id, entry.expectedVersion, version)
      const machine = Number(row?.['seq'] ?? this.#row('insert', kind, id, state, done, at, at)?.['seq'])
      if (row !== undefined) this.#run('update', state, version + 1, done, at, machine)
      this.#run('event', machine, version + 1, at, event)
    }, options)
  }

  get<S>(kind: string, id: string): MachineRecord<S> | undefined {
    const row = this.#row('find', kind, id)
    return row === undefined ? undefined : this.#record<S>(row)
  }

  version(kind: string, id: string): number | undefined {
    const row = this.#row('version', kind, id)
    return row === undefined ? undefined : Number(row['version'])
  }

  list<S>(kind: string, options: { done?: boolean; limit?: number; before?: number } = {}): MachineRecord<S>[] {
    const limit = Math.min(options.limit ?? LIST_LIMIT, LIST_LIMIT)
    const before = options.before ?? Number.MAX_SAFE_INTEGER
    const rows =
      options.done === undefined
        ? this.#rows('list', kind, before, limit)
        : this.#rows('listDone', kind, options.done ? 1 : 0, before, limit)
    return rows.map(row => this.#record<S>(row))
  }

  history(kind: string, id: string): JournalEntry[] {
    return this.#rows('history', kind, id).map(row => ({
      seq: Number(row['version']),
      at: Number(row['at']),
      event: this.#decode(row['event'])
    }))
  }

  getValue<T>(key: string): T | undefined {
    const row = this.#row('getValue', key)
    return row === undefined ? undefined : (this.#decode(row['value']) as T)
  }

  setValue(key: string, value: unknown, options: WriteOptions = {}): void {
    this.#wait(options)
    this.#run('setValue', key, encodeValue(value))
  }

  setSummary(seq: number, { done, createdAt, state, name = null, sweep = null, view }: SummaryRow): void {
    this.#wait({ lazy: true })
    this.#run('setSummary', seq, done ? 1 : 0, createdAt, state, name, sweep, view)
  }

  summaries(query: SummaryQuery): { total: number; views: string[] } {
    const { before = Number.MAX_SAFE_INTEGER, limit, since = 0, state = null, name = null, sweep = null } = query
    const asked = { since, state, name: name === null ? null : globOf(name), sweep }
    return this.#guard(() => ({
      total: Number(this.#statement('countSummaries').get(asked)?.['total']),
      views: this.#statement('summaries')
        .all({ ...asked, before, limit })
        .map(row => String(row['view']))
    }))
  }

  unsummarized(kind: string): string[] {
    return this.#rows('unsummarized', kind).map(row => String(row['id']))
  }

  deleteValue(key: string): void {
    this.#wait({})
    this.#run('deleteValue', key)
  }

  transaction<T>(work: () => T, options: WriteOptions = {}): T {
    const db = this.#open()
    this.#wait(options)
    // an inner transaction is a savepoint: it can fail alone, and is durable only with the outer one
    const [begin, commit, rollback] =
      this.#depth === 0
        ? ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']
        : [
            `SAVEPOINT s${this.#depth}`,
            `RELEASE s${this.#depth}`,
            `ROLLBACK TO s${this.#depth}; RELEASE s${this.#depth}`
          ]
    db.exec(begin)
    this.#depth++
    try {
      const result = work()
      if (result instanceof Promise) throw new InternalError('a journal transaction cannot wait for anything')
      db.exec(commit)
      return result
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec(rollback)
      throw this.#translate(error)
    } finally {
      this.#depth = Math.max(0, this.#depth - 1)
    }
  }

  /** Whether the next commit waits for the disk. It cannot be changed inside a transaction: the outermost decides. */
  #wait({ lazy = false }: WriteOptions): void {
    const wanted = lazy ? 'NORMAL' : 'FULL'
    if (this.#depth > 0 || this.#synchronous === wanted) return
    this.#open().exec(`PRAGMA synchronous = ${wanted}`)
    this.#synchronous = wanted
  }

  #open(): DatabaseSync {
    if (this.#db === undefined) throw new InternalError('the journal is used before start or after stop')
    return this.#db
  }

  #statement(query: Query): StatementSync {
    const db = this.#open()
    const found = this.#statements.get(query)
    if (found !== undefined) return found
    const made = db.prepare(SQL[query])
    this.#statements.set(query, made)
    return made
  }

  #run(query: Query, ...values: (string | number | null)[]): void {
    this.#guard(() => this.#statement(query).run(...values))
  }

  #row(query: Query, ...values: (string | number)[]): Row | undefined {
    return this.#guard(() => this.#statement(query).get(...values))
  }

  #rows(query: Query, ...values: (string | number)[]): Row[] {
    return this.#guard(() => this.#statement(query).all(...values))
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw this.#translate(error)
    }
  }

  #record<S>(row: Row): MachineRecord<S> {
    return {
      seq: Number(row['seq']),
      id: String(row['id']),
      kind: String(row['kind']),
      state: this.#decode(row['state']) as S,
      version: Number(row['version']),
      done: row['done'] === 1,
      createdAt: Number(row['created_at']),
      updatedAt: Number(row['updated_at'])
    }
  }

  #decode(text: SQLOutputValue | undefined): unknown {
    try {
      return decodeValue(String(text))
    } catch (error) {
      throw new JournalCorruptError(this.#path, error)
    }
  }

  #check(db: DatabaseSync): void {
    const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
    if (verdict !== 'ok') throw new JournalCorruptError(this.#path, String(verdict))
  }

  #translate(error: unknown): unknown {
    if (error instanceof UserError || error instanceof InternalError) return error
    const code = Number((error as { errcode?: unknown }).errcode)
    return DAMAGED.has(code & 0xff) ? new JournalCorruptError(this.#path, error) : error
  }
}
