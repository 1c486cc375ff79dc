import { isDone } from '../../protocols/deal/creator-machine.ts'
import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import { hasFile, listFiles } from '../roles/creator/job-folder.ts'
import { replicaId } from '../roles/creator/replica-folders.ts'

/** Whoever copies a result takes no more; a result has at most as many entries. */
const MAX_FILES = 100_000

/**
 * The files of a job that stay as they are. Those of a replica that is on its way may go, if they are the same as the job's, and its
 * receipt has yet to be signed: whoever copied the job in that moment would miss what was listed.
 *
 * @param dir where the job's files lie
 * @param replicas of the job, by number; none where it has none
 */
export async function resultFiles(dir: string, replicas: readonly CreatorState[]): Promise<string[]> {
  return await listFiles(dir, { max: MAX_FILES, isShown: staysThere(replicas) })
}

/** Whether a path is one of them; costs the same however many there are. */
export async function isResultFile(dir: string, replicas: readonly CreatorState[], path: string): Promise<boolean> {
  return await hasFile(dir, path, staysThere(replicas))
}

function staysThere(replicas: readonly CreatorState[]): (path: string) => boolean {
  const moving = replicas.flatMap((state, i) => (isStill(state) ? [] : [`${replicaId('', i).slice(1)}/`]))
  return path => !moving.some(folder => path.startsWith(folder))
}

/** Nothing is written any more: what was said no to stays as it came, however long its money takes. */
const isStill = ({ phase }: CreatorState): boolean => isDone(phase) || phase === 'rejected' || phase === 'disputed'
