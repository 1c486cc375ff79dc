import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { messageOf } from '../../protocols/common/errors.ts'
import { GONE_REASONS, type GoneReason, type OfferBook } from '../../protocols/offers/book.ts'
import { keyOf } from '../../protocols/offers/book-entry.ts'
import { decodeFact, encodeFact } from '../../protocols/offers/fact.ts'
import { roundAt } from '../../protocols/offers/round.ts'
import type { Clock, Log } from '../components.ts'

/** What happened in this time before a crash is lost, and comes back with the first sync. */
const SAVE_EVERY_MS = 2_000
/** Rows written or read without a pause: 2 to 4 ms, so that nobody waits for the disk. */
const SLICE = 32
const VERSION = 1
/** A disk that fails again and again is left alone until the next start. */
const MAX_DROPS = 3
const FILES = ['', '-wal', '-shm'] as const

/**
 * WAL outlives `kill -9`. Nothing waits for the disk: a power cut may damage the file, then it is dropped, and neighbours
 * have what was in it. Small checkpoints, since one holds up everything else.
 */
const SETUP = `PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 100;
  PRAGMA user_version = ${VERSION};
  CREATE TABLE IF NOT EXISTS facts (id BLOB PRIMARY KEY, fact BLOB NOT NULL, tag BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS gone (id BLOB PRIMARY KEY, until INTEGER NOT NULL, why TEXT NOT NULL) STRICT, WITHOUT ROWID`

export interface BookStoreInit {
  /** the file; its directory is made when missing */
  path: string
  network: string
  /** the node's own: whoever can write the file can read it too, and is this node */
  seed: Uint8Array
  /** @default 2000 */
  everyMs?: number
}

export interface BookStoreComponents {
  book: OfferBook
  clock: Clock
  log: Log
}

/**
 * Keeps a book over a restart: facts, and the ids of those that left early; bans follow from the two facts that prove them.
 * What was checked before it was booked is not checked again, which would take 1.3 ms for each signature of an account: a
 * tag with a key of this node shows that it is the same bytes. It guards against damage, another node's file and another
 * network's, not against whoever can write the data directory, where the node's keys lie as well.
 */
export class BookStore {
  readonly #path: string
  readonly #everyMs: number
  readonly #key: KeyObject
  readonly #c: BookStoreComponents
  /** what the file holds, by the keys of the book */
  readonly #facts = new Set<string>()
  readonly #gone = new Set<string>()
  #db: DatabaseSync | undefined
  #timer: NodeJS.Timeout | undefined
  #saving: Promise<void> | undefined
  #drops = 0

  constructor(init: BookStoreInit, components: BookStoreComponents) {
    this.#path = init.path
    this.#everyMs = init.everyMs ?? SAVE_EVERY_MS
    this.#key = createSecretKey(Buffer.from(hkdfSync('sha256', init.seed, init.network, 'dcn/book/1', 32)))
    this.#c = components
  }

  /** Opens the file and fills the book from it. A file that cannot be read is dropped. */
  async start(): Promise<void> {
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => void this.save(), this.#everyMs)
    this.#timer.unref()
    this.#drops = 0
    try {
      this.#open()
      // no save meanwhile: what was not read yet would look like what left the book
      this.#saving = this.#load()
      await this.#saving
    } catch (error) {
      this.#drop(error)
    } finally {
      this.#saving = undefined
    }
  }

  /** Saves what is new and closes the file. */
  async stop(): Promise<void> {
    if (this.#timer === undefined) return
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.save()
    this.#db?.close()
    this.#db = undefined
  }

  /** Brings the file in step with the book, in slices. */
  async save(): Promise<void> {
    this.#saving ??= this.#save()
      .catch(error => this.#drop(error))
      .finally(() => {
        this.#saving = undefined
      })
    await this.#saving
  }

  #open(): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    this.#db = new DatabaseSync(this.#path)
    const version = Number(this.#db.prepare('PRAGMA user_version').get()?.['user_version'])
    if (version > VERSION) throw new Error(`the file has version ${version}`)
    this.#db.exec(SETUP)
  }

  /** The book of a damaged file is what the neighbours say; a file that cannot be written is no reason to stop. */
  #drop(error: unknown): void {
    const { log } = this.#c
    log.warn({ path: this.#path, error: messageOf(error) }, 'the saved book of offers is unusable and starts anew')
    this.#facts.clear()
    this.#gone.clear()
    try {
      if (this.#db?.isOpen === true) this.#db.close()
      this.#db = undefined
      for (const suffix of FILES) rmSync(this.#path + suffix, { force: true })
      if (++this.#drops < MAX_DROPS) this.#open()
    } catch (again) {
      this.#db = undefined
      log.warn({ path: this.#path, error: messageOf(again) }, 'the book of offers is not saved')
    }
  }

  async #load(): Promise<void> {
    const { book, clock, log } = this.#c
    const round = roundAt(clock.nowMs(), book.roundMs)
    for await (const { id, until, why } of this.#rows('SELECT id, until, why FROM gone')) {
      if (!isId(id)) continue
      this.#gone.add(keyOf(id))
      const isCurrent = typeof until === 'number' && until >= round
      if (isCurrent && isGoneReason(why)) book.remember(id, { untilRound: until, why })
    }
    let unusable = 0
    for await (const { id, fact, tag } of this.#rows('SELECT id, fact, tag FROM facts ORDER BY rowid')) {
      if (isId(id)) this.#facts.add(keyOf(id))
      if (!this.#book(fact, tag)) unusable++
    }
    if (unusable > 0) log.warn({ path: this.#path, unusable }, 'offers in the saved book are damaged and left out')
    log.debug({ facts: book.size, gone: book.gone.size }, 'the saved book of offers is read')
  }

  #book(fact: SQLOutputValue | undefined, tag: SQLOutputValue | undefined): boolean {
    if (!(fact instanceof Uint8Array) || !(tag instanceof Uint8Array)) return false
    const expected = this.#tag(fact)
    if (tag.byteLength !== expected.byteLength || !timingSafeEqual(tag, expected)) return false
    try {
      this.#c.book.add(decodeFact(fact), this.#c.clock.nowMs())
      return true
    } catch {
      return false
    }
  }

  async #save(): Promise<void> {
    const { held, gone } = this.#c.book
    const fresh = [...gone.keys()].filter(key => !this.#gone.has(key))
    await this.#write('INSERT OR REPLACE INTO gone (id, until, why) VALUES (?, ?, ?)', fresh, key => {
      const known = gone.get(key)
      this.#gone.add(key)
      return known && [bytesOf(key), known.untilRound, known.why]
    })
    const news = [...held.keys()].filter(key => !this.#facts.has(key))
    await this.#write('INSERT OR REPLACE INTO facts (id, fact, tag) VALUES (?, ?, ?)', news, key => {
      const fact = held.get(key)
      this.#facts.add(key)
      const encoded = fact && encodeFact(fact)
      return encoded && [bytesOf(key), encoded, this.#tag(encoded)]
    })
    // last: whatever is cut off in between forgets nothing
    for (const [table, saved, current] of [
      ['facts', this.#facts, held],
      ['gone', this.#gone, gone]
    ] as const) {
      const left = [...saved].filter(key => !current.has(key))
      await this.#write(`DELETE FROM ${table} WHERE id = ?`, left, key => saved.delete(key) && [bytesOf(key)])
    }
  }

  /** Rows of a transaction each; what `row` gives nothing for left the book meanwhile. */
  async #write(sql: string, keys: readonly string[], row: (key: string) => Value[] | undefined | false): Promise<void> {
    for (let i = 0; i < keys.length; i += SLICE) {
      if (i > 0) await nextTurn()
      const db = this.#db
      if (db === undefined) return
      const statement = db.prepare(sql)
      db.exec('BEGIN')
      for (const key of keys.slice(i, i + SLICE)) {
        const values = row(key)
        if (values) statement.run(...values)
      }
      db.exec('COMMIT')
    }
  }

  async *#rows(sql: string): AsyncIterable<Record<string, SQLOutputValue>> {
    let count = 0
    for (const row of this.#db?.prepare(sql).iterate() ?? []) {
      yield row
      if (++count % SLICE === 0) await nextTurn()
    }
  }

  #tag(fact: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(fact).digest()
  }
}

type Value = Uint8Array | number | string

const bytesOf = (key: string): Uint8Array => Buffer.from(key, 'latin1')
const isId = (value: unknown): value is Uint8Array => value instanceof Uint8Array && value.byteLength === 32
const isGoneReason = (value: unknown): value is GoneReason => (GONE_REASONS as readonly unknown[]).includes(value)
