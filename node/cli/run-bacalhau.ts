import type { BacalhauJob } from '../../protocols/bacalhau/index.ts'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { isMapping } from '../../protocols/job/file-fields.ts'
import type { NodeClient } from '../http/client.ts'
import { allowedBy, candidatesOf, type Market } from './bacalhau-file.ts'
import { contextOf } from './context.ts'
import type { ExitCode } from './exit.ts'
import type { Io } from './io.ts'
import { ANY_CID, checkJobFile, type JobFile } from './job-file.ts'
import { replaceSources } from './sources.ts'
import { type SubmitOptions, submitJob } from './submit.ts'
import { ALL_AT_ONCE, groupName, type Sweep } from './sweep/plan.ts'

/** Most accounts that a job offer lists. */
const MAX_ALLOWED = 8

/** Submits what a job file of Bacalhau asks for: one job, one for each partition, or one for each provider that fits. */
export async function runBacalhau(job: BacalhauJob, options: SubmitOptions, io: Io): Promise<ExitCode> {
  checkFlags(options)
  const { verbose, json, client } = contextOf(io, options)
  if (verbose && !json) for (const note of job.notes) io.stderr.write(`note      ${note}\n`)
  const first = job.partition(0, job.count)
  await checkJobFile(first)
  const isChoosy = job.type === 'ops' || job.requirements.length > 0 || job.preferences.length > 0
  const market = isChoosy ? await marketFor(first, await client(), io.signal) : undefined
  const allowed = market && allowedBy(job, market)
  const named = {
    ...options,
    type: job.type,
    ...(options.name === undefined && job.name !== undefined ? { name: job.name } : {})
  }
  if (job.type === 'ops' && market !== undefined) {
    const targets = allowed ?? candidatesOf(market).map(candidate => candidate.account)
    return await submitGroup(job, targets.length, { ...named, targets }, io)
  }
  // the ranking decides among the first that fit
  const choice = allowed === undefined ? {} : { allow: allowed.slice(0, MAX_ALLOWED) }
  if (job.count > 1) return await submitGroup(job, job.count, { ...named, ...choice }, io)
  return await submitJob(first, { ...named, ...choice }, io)
}

/** What the file says already. */
function checkFlags({ count, matrix }: SubmitOptions): void {
  const field = count === undefined ? 'matrix' : 'count'
  if (count === undefined && matrix === undefined) return
  throw new InvalidInputError(`--${field}: a job file of Bacalhau says itself how often it runs`, {
    field,
    remedy: 'change Count in the file, or give it as a variable with -V'
  })
}

async function submitGroup(
  job: BacalhauJob,
  of: number,
  { targets, ...options }: SubmitOptions & { targets?: string[] },
  io: Io
): Promise<ExitCode> {
  if (of === 0) {
    throw new InvalidInputError('Type: no provider could run this ops job', {
      field: 'Type',
      value: 'ops',
      remedy: 'see who is there with: dcn offers'
    })
  }
  const parts = Array.from({ length: of }, (_unused, i) => job.partition(i, of))
  const [first = {}] = parts
  const common = variablesOf(first)
  const sweep: Sweep = {
    name: groupName(options.name?.replace(/[^\w.-]/g, '-')),
    values: parts.map(part => ownOf(variablesOf(part), common)),
    ...(targets === undefined ? {} : { targets }),
    maxParallel: ALL_AT_ONCE
  }
  return await submitJob(first, options, io, sweep)
}

function variablesOf(part: JobFile): Record<string, string> {
  return isMapping(part['env']) ? (part['env'] as Record<string, string>) : {}
}

/** Those that are not the same in the first part, and its own. */
const ownOf = (own: Record<string, string>, common: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(own).filter(([key, value]) => PART.test(key) || common[key] !== value))

const PART = /^BACALHAU_(EXECUTION_ID|PARTITION_INDEX)$/

async function marketFor(file: JobFile, client: NodeClient, signal: AbortSignal): Promise<Market> {
  const withData = await replaceSources(file, async () => ({ cid: ANY_CID }))
  const [{ candidates }, offers] = await Promise.all([
    client.rank(withoutLocal(withData), { signal }),
    client.offers({ signal })
  ])
  return { ranked: candidates.map(candidate => candidate.account), offers }
}

function withoutLocal(file: JobFile): JobFile {
  const replace = (value: unknown, key: string): unknown => {
    if (!isMapping(value) || value['local'] === undefined) return value
    const { local: _local, ...rest } = value
    return { ...rest, [key]: ANY_CID }
  }
  const { inputs, engine } = file
  return {
    ...file,
    ...(Array.isArray(inputs) ? { inputs: inputs.map(input => replace(input, 'cid')) } : {}),
    ...(isMapping(engine) ? { engine: { ...engine, wasm: replace(engine['wasm'], 'module') } } : {})
  }
}
