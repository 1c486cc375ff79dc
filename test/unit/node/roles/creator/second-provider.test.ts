import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Journal } from '../../../../../node/journal/journal.ts'
import { sqliteJournal } from '../../../../../node/journal/sqlite-journal.ts'
import { CHECK_KIND, SecondProviders } from '../../../../../node/roles/creator/second-provider.ts'
import type { CreatorPhase, CreatorState } from '../../../../../protocols/deal/creator-types.ts'

const JOB = 'job-1'
const job = { jobId: JOB, phase: 'checking' } as CreatorState
const HELD = { attempt: { delivery: {} }, result: { dir: 'check' } }

describe('roles/creator/second-provider', () => {
  let dir: string
  let journal: Journal
  let checks: SecondProviders

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-check-'))
    journal = sqliteJournal({ path: join(dir, 'journal.db') })
    journal.start()
    const components = { journal, clock: { nowMs: () => 1 }, logs: { end: () => undefined } }
    checks = new SecondProviders(
      components as unknown as ConstructorParameters<typeof SecondProviders>[0],
      () => job,
      () => undefined
    )
  })
  afterEach(async () => {
    await checks.machines.stop()
    journal.stop()
    rmSync(dir, { recursive: true, force: true })
  })

  /** The second run as an earlier process left it. */
  function left(phase: CreatorPhase, more: object = {}): void {
    const state = { jobId: `${JOB}/check`, phase, timeline: [], outbox: [], signed: [], past: [], ...more }
    const done = ['settled', 'failed', 'refunded', 'cancelled', 'unmatched'].includes(phase)
    journal.append({ kind: CHECK_KIND, id: state.jobId, at: 1, event: {}, state, expectedVersion: 0, done })
    checks.machines.start()
  }

  for (const phase of ['reviewing', 'fetching', 'accepted', 'rejected', 'settled', 'failed'] as const) {
    it(`behavior: a result is compared again after a crash, also one that was ruled on (${phase})`, async () => {
      left(phase, HELD)
      assert.equal((await checks.run(job))?.phase, phase)
    })
  }

  for (const phase of ['unmatched', 'refunded', 'cancelled'] as const) {
    it(`behavior: without a result there is nothing to compare (${phase})`, async () => {
      left(phase)
      assert.equal(await checks.run(job), undefined)
    })
  }

  it('behavior: what it sent was no result: nobody waits for the end of its deal, and no other is asked', async () => {
    left('rejected', { attempt: { dealId: '0x01', delivery: {}, deal: {} } })
    assert.equal(await checks.run(job), undefined)
    assert.equal(checks.get(JOB)?.cancelling, true)
  })
})
