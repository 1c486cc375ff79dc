import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { jobFolder, listFiles } from './job-folder.ts'

/** What stays with a replica: its deal, its receipt, and the log of its output, which starts with a dot. */
const PAPERS: ReadonlySet<string> = new Set(['deal.json', 'receipt.json'])

/** A replica is named by its place below the folder of its job, so everything of it is kept there. */
export const replicaId = (jobId: string, replica: number): string => `${jobId}/replicas/${replica}`

/** The job and the number of a replica. @param id as `replicaId` makes it */
export function replicaOf(id: string): { jobId: string; replica: number } {
  const [jobId = '', , replica] = id.split('/')
  return { jobId, replica: Number(replica) }
}

async function resultNames(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => [])
  return names.filter(name => !PAPERS.has(name) && !name.startsWith('.'))
}

/** Makes the result of a replica that of its job: it is moved, not copied. May be repeated. */
export async function placeResult(
  jobsDir: string,
  jobId: string,
  replica: number
): Promise<{ dir: string; files: string[] }> {
  const { root } = jobFolder(jobsDir, jobId)
  const from = jobFolder(jobsDir, replicaId(jobId, replica)).root
  for (const name of await resultNames(from)) {
    await rm(join(root, name), { recursive: true, force: true })
    await rename(join(from, name), join(root, name))
  }
  return { dir: root, files: await listFiles(root) }
}

/**
 * Removes the files of a run that came to what its job's folder has already. May be repeated.
 *
 * @param id of a machine whose folder lies below that of its job
 */
export async function dropResult(jobsDir: string, id: string): Promise<void> {
  const { root } = jobFolder(jobsDir, id)
  for (const name of await resultNames(root)) await rm(join(root, name), { recursive: true, force: true })
}
