import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isEnd, type JobView } from '../../node/http/views.ts'
import type { LocalNetwork, LocalNode } from '../lib/local-network.ts'
import type { DemoJob } from './jobs.ts'
import type { Narrator } from './narrator.ts'

export interface JobReport {
  id: string
  engine: string
  provider: string
  outcome: string
  exitCode: number | undefined
  resultCid: string
  price: string
  /** absolute paths */
  files: string[]
  dir: string
  payer: string
  faults: string[]
}

/** A job of the demo takes a second; a machine under load gets more. */
const JOB_TIMEOUT_MS = 40_000

const TEXTS: Record<string, (job: JobView) => string> = {
  agreed: job => `agreed with ${job.provider}: deal ${job.deal}, both signatures, price ${job.price}`,
  running: job => `opened on chain (${job.transactions[0]?.hash ?? 'no transaction'}); inputs are there, running`,
  results: () => 'result offered; fetching it by CID and checking it',
  settling: job => `result ${job.resultCid} is here and verified; accepted`,
  done: job => `settled (${job.transactions.at(-1)?.hash ?? 'no transaction'})`
}

/** Submits a job at the creator and tells each step as it happens. */
export async function runJob(
  say: Narrator,
  { nodes }: LocalNetwork,
  demo: DemoJob,
  order: string[]
): Promise<JobReport> {
  const creator = nodes.get('creator') as LocalNode
  const { client } = creator
  const signal = AbortSignal.timeout(JOB_TIMEOUT_MS)
  const events = await client.events({ signal })
  const submitted = await client.submit({ spec: demo.spec, name: `demo ${demo.engine}` })
  say.step(`${demo.engine}: job ${submitted.id} submitted at the creator`)
  const logs = followLogs(say, creator, submitted.id, signal)
  let last = submitted
  let told = ''
  for await (const event of events) {
    if (event.type !== 'job' || event.job.id !== submitted.id) continue
    last = event.job
    if (last.state !== told) {
      told = last.state
      const text = TEXTS[told]?.(last) ?? `${told}${last.reason === undefined ? '' : `: ${last.reason}`}`
      say.step(`${demo.engine}: ${text}`, { job: last.id, state: told })
    }
    if (isEnd(last.state)) break
  }
  await logs
  const view = await client.job(submitted.id)
  const listed = await client.results(submitted.id)
  return report(
    view,
    demo,
    creator.name,
    order,
    listed.map(file => file.path)
  )
}

async function followLogs(say: Narrator, { client }: LocalNode, id: string, signal: AbortSignal): Promise<void> {
  const decoder = new TextDecoder()
  for await (const chunk of client.logs(id, { follow: true, signal })) {
    for (const line of decoder.decode(chunk.bytes).trimEnd().split('\n')) say.log(id, line)
  }
}

async function report(
  job: JobView,
  demo: DemoJob,
  payer: string,
  order: string[],
  paths: string[]
): Promise<JobReport> {
  const dir = job.dir ?? ''
  const read = (path: string) => readFile(join(dir, path), 'utf8')
  const faults = [
    ...(job.state === 'done' ? [] : [`job ${job.id} ended as ${job.state}: ${job.reason ?? 'no reason given'}`]),
    ...(job.outcome === 'exited' && job.exitCode === 0 ? [] : [`the program ended as ${job.outcome} ${job.exitCode}`]),
    ...(job.provider === order[0] ? [] : [`${job.provider} did the work, the ranking says ${order[0]}`])
  ]
  if (faults.length === 0) faults.push(...(await demo.check(read)))
  const names = ['spec.yaml', 'deal.json', 'receipt.json', 'stdout', 'stderr', 'exitCode']
  const files = paths.map(path => join(dir, path))
  for (const name of names.filter(n => !paths.includes(n))) faults.push(`${name} is missing in ${dir}`)
  return {
    id: job.id,
    engine: demo.engine,
    provider: job.provider ?? '',
    outcome: job.outcome ?? job.state,
    exitCode: job.exitCode,
    resultCid: job.resultCid ?? '',
    price: job.price ?? '0',
    files,
    dir,
    payer,
    faults
  }
}
