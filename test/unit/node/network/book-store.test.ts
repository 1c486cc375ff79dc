import assert from 'node:assert/strict'
import { appendFileSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BookStore } from '../../../../node/network/book-store.ts'
import { toHex } from '../../../../protocols/common/values.ts'
import { OfferBook } from '../../../../protocols/offers/book.ts'
import { encodeFact } from '../../../../protocols/offers/fact.ts'
import type { Fact } from '../../../../protocols/offers/schema.ts'
import { Cleanup } from '../../../support/hosts.ts'
import * as make from '../../../support/market/make.ts'

const { NOW_MS, ROUND, ROUND_MS } = make
const alice = make.identity(1)
const bob = make.identity(2)
const SEED = new Uint8Array(32).fill(1)

describe('BookStore', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  let path: string
  let warned: string[]
  beforeEach(async () => {
    path = join(await cleanup.dir(), 'node', 'book.db')
    warned = []
  })
  afterEach(() => cleanup.run())

  /** A book and its file; saves only when told to. */
  function stored(init: { seed?: Uint8Array; network?: string; nowMs?: number; path?: string } = {}) {
    const book = new OfferBook({ roundMs: ROUND_MS, maxPerAccount: 20_000 })
    const warn = (...said: unknown[]) => void warned.push(String(said[1]))
    const log = { debug: () => undefined, info: () => undefined, warn, error: () => undefined }
    const store = new BookStore(
      { path: init.path ?? path, network: init.network ?? make.NETWORK, seed: init.seed ?? SEED, everyMs: 3_600_000 },
      { book, clock: { nowMs: () => init.nowMs ?? NOW_MS }, log }
    )
    cleanup.add(() => store.stop())
    return { book, store }
  }

  async function reopened(init: Parameters<typeof stored>[0] = {}): Promise<OfferBook> {
    const { book, store } = stored(init)
    await store.start()
    await store.stop()
    return book
  }

  const wires = (book: OfferBook) => [...book.held.values()].map(fact => toHex(encodeFact(fact))).sort()

  async function manyJobs(count: number): Promise<Fact[]> {
    const nonces = Array.from({ length: count }, (_, i) => toHex(make.digestOf(`n${i}`)))
    return await Promise.all(nonces.map(nonce => make.jobFact(bob, { nonce })))
  }

  async function saved(facts: readonly Fact[]): Promise<OfferBook> {
    const { book, store } = stored()
    await store.start()
    for (const fact of facts) book.add(fact, NOW_MS)
    await store.stop()
    return book
  }

  it('default: a book comes back whole: facts, what they replace, withdrawals, bans, what left early', async () => {
    const [one, two] = [await make.resourceFact(alice, { seq: 1 }), await make.resourceFact(alice, { seq: 2 })]
    const [job, other] = (await manyJobs(2)) as [Fact, Fact]
    const liar = make.identity(3)
    const lies = [await make.resourceFact(liar, { seq: 7 }), await make.resourceFact(liar, { seq: 7, tickets: 2 })]
    const book = await saved([one, two, job, other, await make.withdrawalFact(bob, other.id), ...lies])
    const back = await reopened()
    assert.deepEqual(wires(back), wires(book))
    assert.deepEqual([back.banned, back.banned], [book.banned, [liar.account]])
    assert.deepEqual([...back.gone], [...book.gone])
    assert.deepEqual(back.add(other, NOW_MS), { result: 'refused', reason: 'withdrawn' })
    const node = { network: make.NETWORK, peerKey: alice.bind.peerKey }
    assert.deepEqual(back.head(NOW_MS, node), book.head(NOW_MS, node))
    assert.deepEqual(warned, [])
  })

  it('behavior: what left the book leaves the file, what came since is there, and nothing is written twice', async () => {
    const facts = await manyJobs(300)
    const { book, store } = stored()
    await store.start()
    for (const fact of facts) book.add(fact, NOW_MS)
    await store.save()
    for (const fact of facts.slice(0, 200)) book.add(await make.withdrawalFact(bob, fact.id), NOW_MS)
    await store.save()
    const written = rows('SELECT rowid FROM facts ORDER BY rowid')
    await store.save()
    assert.deepEqual(rows('SELECT rowid FROM facts ORDER BY rowid'), written)
    assert.deepEqual([written.length, rows('SELECT id FROM gone').length], [book.size, book.gone.size])
    assert.deepEqual([book.size, book.gone.size], [300, 200])
  })

  it('behavior: what expired meanwhile is left out, and leaves the file', async () => {
    await saved(await manyJobs(5))
    const later = await reopened({ nowMs: NOW_MS + 3_600_000 })
    assert.equal(later.size, 0)
    assert.equal(rows('SELECT id FROM facts').length, 0)
  })

  it('behavior: survives a kill: what was saved is there without a clean stop', async () => {
    const { book, store } = stored()
    await store.start()
    for (const fact of await manyJobs(100)) book.add(fact, NOW_MS)
    await store.save()
    const copy = join(path, '..', 'copy.db')
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix)
    assert.deepEqual(wires(await reopened({ path: copy })), wires(book))
  })

  const strangers = [
    ['of another node', { seed: new Uint8Array(32).fill(2) }],
    ['of another network', { network: 'elsewhere' }]
  ] as const
  for (const [what, init] of strangers) {
    it(`error: nothing is taken from the file ${what}`, async () => {
      await saved(await manyJobs(3))
      assert.equal((await reopened(init)).size, 0)
      assert.equal(warned.length, 1)
    })
  }

  it('error: a flipped bit in a fact costs that fact', async () => {
    const facts = await manyJobs(3)
    await saved(facts)
    const db = new DatabaseSync(path)
    const spoilt = encodeFact(facts[1] as Fact).with(-1, 0x55)
    db.prepare('UPDATE facts SET fact = ? WHERE rowid = 2').run(spoilt)
    db.close()
    assert.equal((await reopened()).size, 2)
    assert.equal(warned.length, 1)
  })

  const damages: [what: string, damage: () => void][] = [
    ['is no database', () => writeFileSync(path, Buffer.alloc(10_000, 0x41))],
    ['is empty', () => writeFileSync(path, '')],
    ['is cut off', () => writeFileSync(path, readFileSync(path).subarray(0, statSync(path).size / 2))],
    ['is overwritten in the middle', () => writeFileSync(path, readFileSync(path).fill(0xff, 4096, 60_000))],
    ['has something behind it', () => appendFileSync(path, Buffer.alloc(5000, 1))],
    ['has tables of another shape', () => withDb('DROP TABLE facts; CREATE TABLE facts (x)')],
    ['is of a newer version', () => withDb('PRAGMA user_version = 99')]
  ]
  for (const [what, damage] of damages) {
    it(`error: a file that ${what} does not stop the node, and a new one is kept`, async () => {
      const facts = await manyJobs(200)
      await saved(facts)
      damage()
      const { book, store } = stored()
      await store.start()
      assert.ok(book.size <= facts.length)
      for (const fact of facts) book.add(fact, NOW_MS)
      await store.stop()
      assert.equal((await reopened()).size, facts.length)
    })
  }

  it('error: a path that cannot be written: a warning, and the node goes on', async () => {
    const dir = await cleanup.dir()
    writeFileSync(join(dir, 'file'), '')
    const { book, store } = stored({ path: join(dir, 'file', 'book.db') })
    await store.start()
    book.add(await make.resourceFact(alice), NOW_MS)
    await store.save()
    await store.stop()
    assert.ok(warned.length > 0 && !existsSync(join(dir, 'file', 'book.db')))
  })

  it('behavior: starts and stops again, start and stop are idempotent', async () => {
    const { book, store } = stored()
    await store.start()
    await store.start()
    book.add(await make.resourceFact(alice, { untilRound: ROUND + 50 }), NOW_MS)
    await store.stop()
    await store.stop()
    await store.start()
    assert.equal(book.size, 1)
  })

  function withDb(sql: string): void {
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()
  }

  function rows(sql: string): unknown[] {
    const db = new DatabaseSync(path, { readOnly: true })
    const found = db.prepare(sql).all()
    db.close()
    return found
  }
})
