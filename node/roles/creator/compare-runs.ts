import { equals } from 'uint8arrays/equals'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import type { SecondRun } from '../second-run.ts'

/**
 * What a second run says about a result: `differs` when it is wrong, else only a note. A time limit is judged by twice the
 * speed, because another machine's hardware proves nothing; what else ended a run here says nothing about a run there.
 */
export function compareRuns(
  manifest: Pick<ResultManifest, 'outcome' | 'digest'>,
  run: Pick<SecondRun, 'outcome' | 'digest' | 'wallMs'>,
  timeoutMs: number
): { differs?: string; note: string } {
  if (run.outcome !== 'exited') return { note: `not checked: the run here ended by ${run.outcome}` }
  if (manifest.outcome === 'timeout' && run.wallMs > timeoutMs / 2)
    return { note: 'a run here took more than half of the time limit: a timeout is credible' }
  if (equals(manifest.digest, run.digest)) return { note: 'a run here came to the same result' }
  const differs =
    manifest.outcome === 'exited' ? DIFFERS : `${DIFFERS}: it ended, the provider says ${manifest.outcome}`
  return { differs, note: differs }
}

const DIFFERS = 'a run of the same job here came to another result'
