import assert from 'node:assert/strict'
import { compareRuns } from '../../../../../node/roles/creator/compare-runs.ts'
import type { Outcome } from '../../../../../protocols/job/schema.ts'

const digest = (n: number) => new Uint8Array(32).fill(n)
const said = (outcome: Outcome, n = 1) => ({ outcome, digest: digest(n) })
const ran = (outcome: Outcome, n = 1, wallMs = 100) => ({ outcome, digest: digest(n), wallMs })

describe('roles/creator/compare-runs', () => {
  const CASES: [string, ReturnType<typeof said>, ReturnType<typeof ran>, boolean][] = [
    ['the same result', said('exited'), ran('exited'), false],
    ['another result', said('exited'), ran('exited', 2), true],
    ['a timeout that was none', said('timeout', 3), ran('exited', 2, 499), true],
    ['a timeout that may have been one', said('timeout', 3), ran('exited', 2, 501), false],
    ['memory that was enough here', said('out-of-memory', 3), ran('exited', 2), true],
    ['a run that did not end here', said('exited'), ran('timeout', 3), false]
  ]
  for (const [what, manifest, run, differs] of CASES) {
    it(`behavior: ${what}`, () => {
      const { differs: found, note } = compareRuns(manifest, run, 1_000)
      assert.equal(found !== undefined, differs)
      assert.ok(note.length > 0)
    })
  }
})
