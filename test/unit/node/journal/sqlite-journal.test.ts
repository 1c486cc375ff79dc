import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { Journal } from '../../../../node/journal/journal.ts'
import { lockDataDir } from '../../../../node/journal/lock.ts'
import { sqliteJournal } from '../../../../node/journal/sqlite-journal.ts'
import { cidFromDigest } from '../../../../protocols/common/cbor.ts'

const WRITER = fileURLToPath(new URL('./write-loop.ts', import.meta.url))
const ROUNDS = 2
const ACKS_BEFORE_KILL = 30

describe('journal/sqlite-journal', () => {
  let dir: string
  let journal: Journal

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-journal-'))
    journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
  })
  afterEach(() => {
    journal.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  function append(
    id: string,
    expectedVersion: number,
    overrides: Partial<Parameters<Journal['append']>[0]> = {}
  ): void {
    const at = 1000 + expectedVersion
    const event = { type: 'step', n: expectedVersion }
    journal.append({
      kind: 'deal',
      id,
      at,
      event,
      state: { n: expectedVersion },
      expectedVersion,
      done: false,
      ...overrides
    })
  }

  it('default: keeps event and state together', () => {
    const state = { price: 5n, spec: cidFromDigest(new Uint8Array(32)) }
    append('a', 0, { state })
    append('a', 1, { done: true, state })
    const record = journal.get('deal', 'a')
    assert.deepEqual(record, {
      seq: 1,
      id: 'a',
      kind: 'deal',
      state,
      version: 2,
      done: true,
      createdAt: 1000,
      updatedAt: 1001
    })
    assert.deepEqual(
      journal.history('deal', 'a').map(e => [e.seq, e.at, e.event]),
      [
        [1, 1000, { type: 'step', n: 0 }],
        [2, 1001, { type: 'step', n: 1 }]
      ]
    )
  })

  it('behavior: lazy and durable writes take turns, and inside a transaction the outer one decides', () => {
    journal.setValue('a', 1, { lazy: true })
    append('x', 0)
    journal.transaction(() => journal.setValue('b', 2, { lazy: true }))
    journal.transaction(() => journal.setValue('c', 3), { lazy: true })
    journal.deleteValue('a')
    journal.stop()
    journal.start()
    assert.deepEqual(
      ['a', 'b', 'c'].map(key => journal.getValue(key)),
      [undefined, 2, 3]
    )
    assert.equal(journal.get('deal', 'x')?.version, 1)
  })

  it('error: refuses a write on an old version, and changes nothing', () => {
    append('a', 0)
    assert.throws(() => append('a', 0), { name: 'JournalConflictError' })
    assert.throws(() => append('b', 3), { name: 'JournalConflictError' })
    assert.equal(journal.history('deal', 'a').length, 1)
    assert.equal(journal.get('deal', 'b'), undefined)
  })

  it('behavior: lists newest first, by kind, done and page', () => {
    for (const id of ['a', 'b', 'c']) append(id, 0, { done: id === 'b', at: 5 })
    append('x', 0, { kind: 'job' })
    const ids = (options?: Parameters<Journal['list']>[1]): string[] => journal.list('deal', options).map(r => r.id)
    assert.deepEqual(ids(), ['c', 'b', 'a'])
    assert.deepEqual(ids({ done: false }), ['c', 'a'])
    assert.deepEqual(ids({ limit: 1 }), ['c'])
    assert.deepEqual(ids({ before: journal.get('deal', 'c')?.seq ?? 0 }), ['b', 'a'])
  })

  it('behavior: a transaction is all or none, inner ones alone', () => {
    assert.throws(() =>
      journal.transaction(() => {
        append('a', 0)
        throw new Error('no')
      })
    )
    assert.equal(journal.get('deal', 'a'), undefined)
    journal.transaction(() => {
      append('a', 0)
      assert.throws(() => append('a', 0), { name: 'JournalConflictError' })
      journal.setValue('cursor', 7n)
    })
    assert.equal(journal.get('deal', 'a')?.version, 1)
    assert.equal(journal.getValue('cursor'), 7n)
  })

  it('error: refuses a transaction that waits', () => {
    assert.throws(() => journal.transaction(() => Promise.resolve()), { name: 'InternalError' })
    append('a', 0)
  })

  it('behavior: values are set, replaced and deleted', () => {
    journal.setValue('k', { a: 1 })
    journal.setValue('k', { a: 2 })
    assert.deepEqual(journal.getValue('k'), { a: 2 })
    journal.deleteValue('k')
    assert.equal(journal.getValue('k'), undefined)
  })

  it('behavior: can start again after stop, and keeps what it had', () => {
    append('a', 0)
    journal.stop()
    journal.stop()
    assert.throws(() => journal.get('deal', 'a'), { name: 'InternalError' })
    journal.start()
    journal.start()
    assert.equal(journal.get('deal', 'a')?.version, 1)
  })

  it('error: a file that is no database', () => {
    const path = join(dir, 'bad.db')
    writeFileSync(path, 'x'.repeat(8192))
    assert.throws(() => sqliteJournal({ path }).start(), { name: 'JournalCorruptError' })
  })

  it('error: a row that does not decode', () => {
    append('a', 0)
    const db = new DatabaseSync(join(dir, 'journal.db'))
    db.exec(`UPDATE machines SET state = '{"$x":1}'`)
    db.close()
    assert.throws(() => journal.get('deal', 'a'), { name: 'JournalCorruptError' })
  })

  it('error: a schema from the future', () => {
    journal.stop()
    const db = new DatabaseSync(join(dir, 'journal.db'))
    db.exec('INSERT INTO migrations VALUES (99, 0)')
    db.close()
    assert.throws(() => journal.start(), { name: 'JournalVersionError' })
  })

  it('error: a second holder of the data directory is refused until the first lets go', () => {
    const lock = lockDataDir(dir)
    assert.throws(() => lockDataDir(dir), { name: 'DataDirInUseError' })
    lock.release()
    lock.release()
    lockDataDir(dir).release()
  })

  it('behavior: kill -9 loses no acknowledged write and leaves no lock behind', async () => {
    journal.stop()
    let acknowledged = 0
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged = await writeAndKill(dir, acknowledged + ACKS_BEFORE_KILL)
      lockDataDir(dir).release()
    }
    journal.start()
    const record = journal.get<{ version: number }>('deal', 'd')
    const versions = journal.history('deal', 'd').map(e => (e.event as { version: number }).version)
    assert.ok(record !== undefined && record.version >= acknowledged)
    assert.equal(record.state.version, record.version - 1)
    assert.deepEqual(
      versions,
      Array.from({ length: record.version }, (_, i) => i)
    )
  })
})

/** Runs the writer until it acknowledged `until` writes, kills it and returns the last version it acknowledged. */
async function writeAndKill(dataDir: string, until: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, dataDir], { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors: string[] = []
  child.stderr.on('data', chunk => errors.push(String(chunk)))
  let text = ''
  let last = 0
  child.stdout.on('data', chunk => {
    text += String(chunk)
    last = Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1))
    if (last >= until) child.kill('SIGKILL')
  })
  await once(child, 'close')
  assert.ok(last >= until, errors.join(''))
  return last
}
