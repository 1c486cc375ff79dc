import assert from 'node:assert/strict'
import { readList } from '../../../../../../node/cli/commands/job/list.ts'
import type { JobListQuery } from '../../../../../../node/http/api.ts'
import type { JobSummary } from '../../../../../../node/http/views.ts'

describe('cli/commands/job/list', () => {
  const { signal } = new AbortController()
  /** A node with so many jobs, and what it was asked. */
  function node(total: number) {
    const asked: JobListQuery[] = []
    const jobList = async (query: JobListQuery = {}) => {
      asked.push(query)
      const first = (query.before ?? total + 1) - 1
      const count = Math.min(first, query.limit ?? 100)
      return { total, jobs: Array.from({ length: count }, (_, i) => ({ seq: first - i }) as JobSummary) }
    }
    return { asked, jobList }
  }

  for (const [what, total, wanted, limits] of [
    ['all of a page', 10_000, 1_000_000, [10_000]],
    ['one more than a page', 10_001, 1_000_000, [10_000, 10_000]],
    ['as many as are wanted', 10_000, 20, [20]],
    ['none', 0, 20, [20]]
  ] as const) {
    it(`behavior: ${what}, without a question whose answer is known`, async () => {
      const client = node(total)
      const found = await readList(client, { state: 'done' }, wanted, { signal })
      const seqs = found.jobs.map(job => job.seq)
      const expected = Array.from({ length: Math.min(total, wanted) }, (_, i) => total - i)
      assert.deepEqual(seqs, expected)
      assert.equal(found.total, total)
      assert.deepEqual(
        client.asked.map(({ limit }) => limit),
        limits
      )
      assert.ok(client.asked.every(({ state }) => state === 'done'))
    })
  }
})
