import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JobList } from '../../../../node/api/job-list.ts'
import type { JobState, JobView } from '../../../../node/http/views.ts'
import type { Journal } from '../../../../node/journal/journal.ts'
import { sqliteJournal } from '../../../../node/journal/sqlite-journal.ts'
import { CREATOR_KIND, type JobRecord } from '../../../../node/roles/creator/creator.ts'

describe('api/job-list', () => {
  let dir: string
  let journal: Journal
  let list: JobList
  const warnings: unknown[] = []
  const records = new Map<string, JobRecord>()

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-list-'))
    journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
    list = new JobList({
      journal,
      log: { warn: (fields: unknown) => warnings.push(fields) },
      find: id => records.get(id)
    })
  })
  afterEach(() => {
    journal.stop()
    records.clear()
    warnings.length = 0
    rmSync(dir, { recursive: true, force: true })
  })

  /** As much of a machine's state as a view needs. */
  const stateOf = (id: string, phase: string) => ({
    jobId: id,
    engine: 'js',
    phase,
    timeline: [{ phase, atMs: 1 }],
    signed: [],
    past: [],
    createdAtMs: 1
  })

  function add(id: string, patch: Partial<JobView> = {}, done = true): JobView {
    const state = stateOf(id, done ? 'settled' : 'running')
    journal.append({ kind: CREATOR_KIND, id, at: 1, event: {}, state, expectedVersion: 0, done })
    const record = journal.get(CREATOR_KIND, id)
    records.set(id, { record } as JobRecord)
    return {
      id,
      seq: record?.seq ?? 0,
      engine: 'js',
      state: done ? 'done' : 'running',
      phases: [{ state: 'matching', at: 1 }],
      createdAt: 1,
      updatedAt: 1,
      transactions: [],
      ...patch
    }
  }
  const ids = (query: Parameters<JobList['list']>[0] = {}) => list.list(query).jobs.map(j => j.id)

  it('default: newest first, in short, with how many there are', () => {
    for (const id of ['a', 'b', 'c']) list.note(add(id))
    const { total, jobs } = list.list({ limit: 2 })
    assert.equal(total, 3)
    assert.deepEqual(
      jobs.map(j => j.id),
      ['c', 'b']
    )
    assert.ok(!('phases' in (jobs[0] as object)))
    assert.deepEqual(ids({ before: jobs[1]?.seq ?? 0 }), ['a'])
  })

  it('args: state, name, pattern, group and time', () => {
    const sweep = { name: 'scan', index: 0, count: 2, plan: '00'.repeat(32) }
    list.note(add('a', { name: 'night 1', createdAt: 10 }))
    list.note(add('b', { name: 'night 2', state: 'failed' as JobState, createdAt: 20 }))
    list.note(add('c', { name: 'scan.0 [x]', sweep, createdAt: 30 }))
    assert.deepEqual(ids({ state: 'failed' }), ['b'])
    assert.deepEqual(ids({ name: 'night 1' }), ['a'])
    assert.deepEqual(ids({ name: 'night*' }), ['b', 'a'])
    assert.deepEqual(ids({ name: 'scan.0 [x]' }), ['c'])
    assert.deepEqual(ids({ sweep: 'scan' }), ['c'])
    assert.deepEqual(ids({ since: 20 }), ['c', 'b'])
    assert.deepEqual(ids({ since: 20, state: 'done' }), ['c'])
    assert.equal(list.list({ name: 'night*', limit: 1 }).total, 2)
  })

  it('behavior: a job that changes keeps its place', () => {
    const first = add('a', {}, false)
    list.note(first)
    list.note(add('b'))
    list.note({ ...first, state: 'done' })
    assert.deepEqual(
      list.list({}).jobs.map(j => [j.id, j.state]),
      [
        ['b', 'done'],
        ['a', 'done']
      ]
    )
  })

  it('behavior: what a crash or an older version left out is made up for at the start', () => {
    add('old')
    list.note(add('stale', { state: 'matching' }, false))
    list.start()
    assert.deepEqual(
      list.list({}).jobs.map(j => [j.id, j.state]),
      [
        ['stale', 'running'],
        ['old', 'done']
      ]
    )
    assert.deepEqual(journal.unsummarized(CREATOR_KIND), ['stale'])
  })

  it('behavior: a journal that cannot be written does not hold up the job', () => {
    const job = add('a')
    journal.stop()
    list.note(job)
    assert.equal(warnings.length, 1)
    journal.start()
  })
})
