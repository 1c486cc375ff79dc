import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { absolute } from '../../config/convert.ts'
import { isEnd } from '../../http/job-states.ts'
import type { JobSummary, NodeInfo, SubmitRequest } from '../../http/views.ts'
import type { Context } from '../context.ts'
import { checkTarget, download } from '../download.ts'
import type { ExitCode } from '../exit.ts'
import { EXIT } from '../exit.ts'
import { progressLine } from '../progress-line.ts'
import { retried } from '../retried.ts'
import { findGroup } from './group.ts'
import { progressOf, sweepTable, worstExit } from './text.ts'

/** How often the jobs are looked at: one request for all of them. */
const LOOK_MS = 400
/** Submitted at the same time: more would wait for each other in the node. */
const TOGETHER = 8

export interface FollowGroupOptions {
  name: string
  count: number
  /** still to be submitted */
  rest: readonly SubmitRequest[]
  maxParallel: number
  /** a directory below it for each job's files */
  out: string | undefined
  token: NodeInfo['token']
}

/**
 * Submits what is left, as many at a time as are wanted, and watches all to their end. A Ctrl-C leaves those that were submitted
 * running; the same command submits the rest. Gives the highest exit code of the jobs.
 */
export async function followGroup(options: FollowGroupOptions, context: Context): Promise<ExitCode> {
  const { name, count, out, token } = options
  const { io, json } = context
  const rest = [...options.rest]
  const line = progressLine(context)
  const told = new Map<string, string>()
  let jobs: JobSummary[] = []
  const look = async (): Promise<void> => {
    await retried({ client: context.client, signal: io.signal, onLost: line.lost }, async (client, progress) => {
      jobs = await findGroup(client, name, { signal: io.signal })
      progress()
    })
    if (json) tellChanges(jobs, told, context)
    line.show(`${name}: ${progressOf(jobs, count)}`)
  }
  try {
    for (await look(); !io.signal.aborted; await look()) {
      const live = jobs.filter(job => !isEnd(job.state)).length
      const now = rest.splice(0, Math.min(TOGETHER, Math.max(0, options.maxParallel - live)))
      const client = await context.client()
      // a Ctrl-C in this moment must not leave jobs that nobody knows of: these are submitted to the end
      await Promise.all(now.map(request => client.submit(request)))
      if (now.length > 0) continue
      if (live === 0 && rest.length === 0) break
      await sleep(LOOK_MS, undefined, { signal: io.signal }).catch(() => undefined)
    }
  } finally {
    line.clear()
  }
  if (io.signal.aborted) return detached(name, count, count - rest.length, context)
  if (out !== undefined) await downloadAll(jobs, out, context)
  const exit = worstExit(jobs)
  if (json)
    io.stdout.write(
      `${JSON.stringify({ event: 'end', group: name, jobs, ...(out === undefined ? {} : { dir: out }), exit })}\n`
    )
  else {
    io.stderr.write(sweepTable(jobs, token, io.columns))
    io.stderr.write(out === undefined ? `get the files with: dcn job get ${name} --out DIR\n` : `files in ${out}\n`)
  }
  return exit as ExitCode
}

/** Follows what was submitted of a group; its rest is for the command that began it. */
export async function waitForGroup(
  group: readonly JobSummary[],
  token: NodeInfo['token'],
  { out }: { out?: string },
  context: Context
): Promise<ExitCode> {
  const { name = '', count = 0 } = group[0]?.sweep ?? {}
  const dir = out === undefined ? undefined : absolute(out, context.io.cwd)
  if (dir !== undefined) await checkTarget(dir)
  if (group.length < count && !context.json) context.io.stderr.write(restLine(name, count, group.length))
  const all = { name, count: group.length, rest: [], maxParallel: 1, out: dir, token }
  return await followGroup(all, context)
}

const restLine = (name: string, count: number, submitted: number): string =>
  `the other ${count - submitted} jobs are submitted by the same command with --name ${name}\n`

function tellChanges(jobs: readonly JobSummary[], told: Map<string, string>, { io }: Context): void {
  for (const job of jobs) {
    if (told.get(job.id) === job.state) continue
    told.set(job.id, job.state)
    io.stdout.write(`${JSON.stringify({ event: 'state', job })}\n`)
  }
}

function detached(name: string, count: number, submitted: number, { io, json }: Context): ExitCode {
  if (json) io.stdout.write(`${JSON.stringify({ event: 'detached', group: name, submitted, count })}\n`)
  else {
    io.stderr.write(`detached; ${submitted} of ${count} jobs go on. Come back with: dcn job wait ${name}\n`)
    if (submitted < count) io.stderr.write(restLine(name, count, submitted))
  }
  return EXIT.done
}

/** A directory for each job that has files, named by its number. */
export async function downloadAll(jobs: readonly JobSummary[], out: string, context: Context): Promise<number> {
  const client = await context.client()
  const width = String((jobs[0]?.sweep?.count ?? 1) - 1).length
  let files = 0
  for (const job of jobs) {
    const listed = await client.results(job.id, { signal: context.io.signal })
    if (listed.length === 0) continue
    const dir = join(out, String(job.sweep?.index ?? 0).padStart(width, '0'))
    files += (await download(client, job.id, dir, { signal: context.io.signal })).length
  }
  return files
}
