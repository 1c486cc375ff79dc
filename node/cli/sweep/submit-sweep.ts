import type { SubmitRequest } from '../../http/views.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { followGroup } from './follow-group.ts'
import { findGroup } from './group.ts'
import { memberRequests, missingFrom, type Sweep } from './plan.ts'

export interface SweepRun {
  request: SubmitRequest
  sweep: Sweep
  out: string | undefined
  detach: boolean
  token: { symbol: string; decimals: number }
}

/** Submits several jobs and follows them together; what an earlier call of the same command has submitted is not repeated. */
export async function runSweep({ request, sweep, out, detach, token }: SweepRun, context: Context): Promise<ExitCode> {
  const { io, json } = context
  const { name, maxParallel } = sweep
  const requests = memberRequests(request, sweep)
  const client = await context.client()
  const rest = missingFrom(requests, await findGroup(client, name, { signal: io.signal }))
  const count = requests.length
  if (json) io.stdout.write(`${JSON.stringify({ event: 'group', name, count, submitted: count - rest.length })}\n`)
  else if (context.verbose) io.stderr.write(`group     ${name}, ${count} jobs\n`)
  if (!json && rest.length === 0) io.stderr.write(`nothing new was submitted: the group ${name} is there already\n`)
  if (detach) {
    for (const one of rest) await client.submit(one)
    if (!json) io.stdout.write(`${name}\n`)
    return EXIT.done
  }
  return await followGroup({ name, count, rest, maxParallel, out, token }, context)
}
