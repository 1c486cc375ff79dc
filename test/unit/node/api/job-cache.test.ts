import assert from 'node:assert/strict'
import { jobCache } from '../../../../node/api/job-cache.ts'
import type { JobRecord } from '../../../../node/roles/creator/creator.ts'

describe('api/job-cache', () => {
  /** jobs by id, each with a version; counts how often a state is read */
  function jobs(versions: Map<string, number>, by = 'nobody') {
    const read: string[] = []
    const find = (id: string): JobRecord | undefined => {
      const version = versions.get(id)
      if (version === undefined) return undefined
      read.push(id)
      const state = {
        jobId: id,
        phase: 'matching',
        timeline: [],
        signed: [],
        past: [],
        createdAtMs: version,
        check: { by }
      }
      return { record: { seq: 1, version, state, updatedAt: version } } as unknown as JobRecord
    }
    return { read, cached: jobCache({ find, version: id => versions.get(id) }) }
  }

  it('default: a state is read once while nothing is written', () => {
    const versions = new Map([['a', 1]])
    const { read, cached } = jobs(versions)
    assert.equal(cached('a'), cached('a'))
    assert.deepEqual(read, ['a'])
    versions.set('a', 2)
    assert.equal(cached('a')?.updatedAt, 2)
    assert.deepEqual(read, ['a', 'a'])
  })

  it('behavior: of a job whose second run may begin nothing is kept', () => {
    const { read, cached } = jobs(new Map([['a', 1]]), 'spot')
    cached('a')
    cached('a')
    assert.deepEqual(read, ['a', 'a'])
  })

  it('args: a job that is not there', () => {
    assert.equal(jobs(new Map()).cached('a'), undefined)
  })

  it('behavior: only the last ones are kept', () => {
    const ids = Array.from({ length: 300 }, (_, i) => `job${i}`)
    const { read, cached } = jobs(new Map(ids.map(id => [id, 1])))
    for (const id of ids) cached(id)
    cached('job299')
    assert.equal(read.length, 300)
    cached('job0')
    assert.equal(read.length, 301)
  })
})
