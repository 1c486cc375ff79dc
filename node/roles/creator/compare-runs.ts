import { equals } from 'uint8arrays/equals'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import type { SecondRun } from '../second-run.ts'

/** What a second run says about a result: `differs` when it is wrong, else only a note. */
export interface Comparison {
  differs?: string
  note: string
  /** the second run says something about the first */
  isChecked: boolean
}

/**
 * A time limit is judged by twice the speed, because another machine's hardware proves nothing; what else ended a second run says
 * nothing about the first.
 *
 * @param where the second run was: `here`, or by whom
 */
export function compareRuns(
  manifest: Pick<ResultManifest, 'outcome' | 'digest'>,
  run: Pick<SecondRun, 'outcome' | 'digest' | 'wallMs'>,
  timeoutMs: number,
  where = 'here'
): Comparison {
  if (run.outcome !== 'exited') {
    return { note: `not checked: the run ${where} ended by ${run.outcome}`, isChecked: false }
  }
  if (manifest.outcome === 'timeout' && run.wallMs > timeoutMs / 2) {
    const note = `a run ${where} took more than half of the time limit: a timeout is credible`
    return { note, isChecked: true }
  }
  if (equals(manifest.digest, run.digest)) return { note: `a run ${where} came to the same result`, isChecked: true }
  const other = `a run of the same job ${where} came to another result`
  const differs = manifest.outcome === 'exited' ? other : `${other}: it ended, the provider says ${manifest.outcome}`
  return { differs, note: differs, isChecked: true }
}
