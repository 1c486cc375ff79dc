import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Journal } from '../../../../../node/journal/journal.ts'
import { sqliteJournal } from '../../../../../node/journal/sqlite-journal.ts'
import { SweepLedger } from '../../../../../node/roles/creator/sweep-ledger.ts'

const PLAN = '11'.repeat(32)
const OTHER = '22'.repeat(32)
const member = (index: number, plan = PLAN, name = 'scan') => ({ name, index, count: 9, plan })

describe('roles/creator/sweep-ledger', () => {
  let dir: string
  let journal: Journal
  let ledger: SweepLedger
  let submitted: string[]

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-sweep-'))
    submitted = []
    open()
  })
  afterEach(() => {
    journal.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  /** Also what a start of the node does. */
  function open(): void {
    journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
    ledger = new SweepLedger({ journal, exists: id => journal.version('job', id) !== undefined })
  }
  const restart = (): void => {
    journal.stop()
    open()
  }
  /** Takes a while before it knows its id, as a submit with inputs does. */
  const submit = (id: string, before: () => void = () => undefined, after = before) => {
    return async (note: (jobId: string) => void): Promise<string> => {
      await new Promise(resolve => setImmediate(resolve))
      before()
      note(id)
      if (after !== before) after()
      journal.append({ kind: 'job', id, at: 1, event: {}, state: {}, expectedVersion: 0, done: false })
      submitted.push(id)
      return id
    }
  }
  const fail = (): never => {
    throw new Error('no room')
  }

  it('default: the same job asked for at the same moment is submitted once, and everybody gets it', async () => {
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map(id => ledger.once(member(0), submit(id))))
    assert.deepEqual([ids, submitted], [['a', 'a', 'a', 'a'], ['a']])
    assert.equal(await ledger.once(member(0), submit('later')), 'a')
  })

  it('default: the jobs of a group do not wait for each other', async () => {
    const ids = await Promise.all([0, 1, 2].map(i => ledger.once(member(i), submit(`j${i}`))))
    assert.deepEqual(ids, ['j0', 'j1', 'j2'])
    assert.equal(await ledger.once(member(0, OTHER, 'scan.0'), submit('dotted')), 'dotted')
  })

  it('behavior: a restart forgets nothing', async () => {
    await ledger.once(member(0), submit('a'))
    restart()
    assert.equal(await ledger.once(member(0), submit('b')), 'a')
    assert.equal(await ledger.once(member(1), submit('c')), 'c')
    await assert.rejects(ledger.once(member(2, OTHER), submit('d')), { name: 'SweepDiffersError' })
    assert.deepEqual(submitted, ['a', 'c'])
  })

  it('behavior: of two commands with one name at the same moment, one is refused whole', async () => {
    const of = (plan: string) => [0, 1, 2].map(i => ledger.once(member(i, plan), submit(`${plan[0]}${i}`)))
    const ends = await Promise.allSettled([...of(PLAN), ...of(OTHER)])
    assert.deepEqual(
      ends.map(end => (end.status === 'fulfilled' ? end.value : end.reason.name)),
      ['10', '11', '12', ...Array.from({ length: 3 }, () => 'SweepDiffersError')]
    )
    assert.deepEqual(submitted.length, 3)
  })

  it('behavior: where the first fails the next one submits it, and no name is taken by what failed', async () => {
    const [first, second] = await Promise.allSettled([
      ledger.once(member(0), submit('a', fail)),
      ledger.once(member(0, OTHER), submit('b'))
    ])
    assert.equal(first?.status, 'rejected')
    assert.deepEqual([second?.status, submitted], ['fulfilled', ['b']])
  })

  it('behavior: a note without a job is what a crash left, and stands in nobody’s way', async () => {
    await assert.rejects(
      ledger.once(
        member(0),
        submit('lost', () => undefined, fail)
      )
    )
    restart()
    assert.equal(await ledger.once(member(0, OTHER), submit('b')), 'b')
    await assert.rejects(ledger.once(member(0), submit('c')), { name: 'SweepDiffersError' })
    assert.equal(await ledger.once(member(0, OTHER), submit('d')), 'b')
  })
})
