import type { Command } from 'commander'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parseAmount } from '../../protocols/common/units.ts'
import { absolute } from '../config/convert.ts'
import type { NodeClient } from '../http/client.ts'
import type { JobView, SubmitRequest } from '../http/views.ts'
import { type CommonOptions, type Context, contextOf } from './context.ts'
import { checkTarget, download } from './download.ts'
import { EXIT, type ExitCode, exitOfJob } from './exit.ts'
import { newestNamed } from './find-job.ts'
import { followJob } from './follow.ts'
import { importsTo } from './inputs.ts'
import type { Io } from './io.ts'
import { checkJobFile, type JobFile, resolveLocal } from './job-file.ts'
import { jobPrinter, type MoneyView } from './job-printer.ts'
import { progressLine } from './progress-line.ts'
import { fetchSources, type Source, shownUrl } from './sources.ts'
import { memberSpec, parseSweep, type Sweep } from './sweep/plan.ts'
import { runSweep } from './sweep/submit-sweep.ts'
import { tellWhy } from './tell-why.ts'
import { size } from './text.ts'
import { VERIFY_HELP, withPolicy } from './verify-policy.ts'
import { repeatNote, tellFewProviders, tellPrices } from './verify-price.ts'

export interface SubmitOptions extends CommonOptions {
  name?: string
  /** of a job file of Bacalhau */
  type?: 'batch' | 'ops'
  bid?: string
  tip?: string
  target?: string
  allow?: string[]
  deny?: string[]
  label?: string[]
  verify?: string
  detach?: boolean
  out?: string
  count?: string
  matrix?: string[]
  maxParallel?: string
}

/** For options that may be given several times: each takes one value, so nothing after it is swallowed. */
export const collect = (value: string, previous: string[] = []): string[] => [...previous, value]

/** What every command that submits a job can be told. */
export function submitOptions(command: Command): Command {
  return command
    .option('--name <name>', 'a name to find the job by')
    .option('--bid <tokens>', 'the most to pay for each run, tip included')
    .option('--tip <tokens>', 'paid on top, to go first where room is short')
    .option('--target <account>', 'only this provider')
    .option('--allow <account>', 'only these providers (repeatable)', collect)
    .option('--deny <account>', 'not this provider (repeatable)', collect)
    .option('--label <label=value>', 'only providers with this label (repeatable)', collect)
    .option('--verify <policy>', VERIFY_HELP)
    .option('--count <n>', 'submit it this many times, as one group (at most 1000)')
    .option('--matrix <key=a,b>', 'a job for every value: a variable, and {KEY} in its arguments (repeatable)', collect)
    .option('--max-parallel <n>', 'of several jobs, so many that have not ended at a time')
    .option('--detach', 'submit, print the id and return')
    .option('--out <dir>', 'copy the result files here')
}

/** Checks, uploads, submits and follows a job; gives the exit code of the command. @param group the jobs that the file itself stands for */
export async function submitJob(given: JobFile, options: SubmitOptions, io: Io, group?: Sweep): Promise<ExitCode> {
  const context = contextOf(io, options)
  const file = withPolicy(given, options.verify)
  const sweep = group ?? parseSweep(options)
  if (sweep === undefined) await checkJobFile(file)
  else for (const [i, own] of sweep.values.entries()) await checkJobFile(memberSpec(file, own, i, sweep.values.length))
  // before anything is paid for
  if (options.out !== undefined) await checkTarget(absolute(options.out, io.cwd))
  const client = await context.client()
  const info = await client.info({ signal: io.signal })
  const request = await withFetched(file, context, local =>
    requestOf(local, options, client, context, info.token.decimals)
  )
  if (!context.json) {
    io.stderr.write(repeatNote(request.spec) ?? '')
    io.stderr.write((await tellFewProviders(request, client, { signal: io.signal })) ?? '')
  }
  if (sweep !== undefined) {
    const { name: _name, ...common } = request
    const out = options.out === undefined ? undefined : absolute(options.out, io.cwd)
    return await runSweep({ request: common, sweep, out, detach: options.detach === true, token: info.token }, context)
  }
  if (context.verbose && !context.json) {
    io.stderr.write((await tellPrices(request, client, info.token, { signal: io.signal })) ?? '')
  }
  if (options.name !== undefined && !context.json) await tellSameName(options.name, client, io)
  // a Ctrl-C in this moment must not leave a job that nobody knows the id of
  const job = await client.submit(request)
  if (options.detach === true) {
    io.stdout.write(context.json ? `${JSON.stringify({ event: 'submitted', job })}\n` : `${job.id}\n`)
    return EXIT.done
  }
  return watchJob(job, info, options.out, context)
}

/** What a file names by URL is fetched first and removed as soon as it is in the node's store. */
export async function withFetched<T>(file: JobFile, context: Context, work: (file: JobFile) => Promise<T>): Promise<T> {
  const { io, json, verbose } = context
  const told = ({ url }: Source, bytes: number): void => {
    if (verbose && !json && !url.startsWith('data:')) io.stderr.write(`fetched   ${shownUrl(url)}, ${size(bytes)}\n`)
  }
  const fetched = await fetchSources(file, told, { signal: io.signal })
  try {
    return await work(fetched.file)
  } finally {
    await fetched.remove()
  }
}

async function requestOf(
  file: JobFile,
  options: SubmitOptions,
  client: NodeClient,
  context: Context,
  decimals: number
): Promise<SubmitRequest> {
  const { io } = context
  const line = progressLine(context)
  const sent = { files: 0, bytes: 0 }
  const said = (): string => `uploaded  ${sent.files} ${sent.files === 1 ? 'file' : 'files'}, ${size(sent.bytes)}`
  const note = (name: string, bytes: number): void => {
    sent.files += 1
    sent.bytes += bytes
    if (io.isTty) line.show(`${said()}  ${name}`)
  }
  const units = (text: string, field: string): string => parseAmount(text, decimals, field).toString()
  const constraints = constraintsOf(options)
  const spec = await resolveLocal(file, importsTo(client, note, { signal: io.signal })).finally(line.clear)
  if (sent.files > 0 && context.verbose && !context.json) io.stderr.write(`${said()}\n`)
  return {
    ...(options.bid === undefined ? {} : { bid: units(options.bid, '--bid') }),
    ...(options.tip === undefined ? {} : { tip: units(options.tip, '--tip') }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(constraints === undefined ? {} : { constraints }),
    spec
  }
}

/** A job offer names at most this many accounts in each list. */
const MAX_ACCOUNTS = 8

/** Who may take the job. @throws InvalidInputError */
export function constraintsOf(options: SubmitOptions): SubmitRequest['constraints'] {
  const { target, label = [] } = options
  const labels = label.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at < 1) throw new InvalidInputError('--label: expected label=value', { field: 'label', value: text })
    return [text.slice(0, at), text.slice(at + 1)]
  })
  const constraints = {
    ...(target === undefined ? {} : { target: accountOf(target, '--target') }),
    ...accountsOf(options, 'allow'),
    ...accountsOf(options, 'deny'),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) })
  }
  return Object.keys(constraints).length === 0 ? undefined : constraints
}

function accountsOf(options: SubmitOptions, list: 'allow' | 'deny'): Partial<Record<typeof list, string[]>> {
  const accounts = options[list]?.map(text => accountOf(text, `--${list}`))
  if (accounts === undefined) return {}
  if (accounts.length <= MAX_ACCOUNTS) return { [list]: accounts }
  throw new InvalidInputError(`--${list}: ${accounts.length} accounts`, {
    field: list,
    value: accounts.length,
    limit: `at most ${MAX_ACCOUNTS}`,
    remedy: 'choose by --label instead'
  })
}

function accountOf(text: string, flag: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text
  throw new InvalidInputError(`${flag}: expected an account`, {
    field: flag.slice(2),
    value: text,
    limit: '0x and 40 hex digits',
    remedy: 'copy it from "dcn offers --json"'
  })
}

/** A name may be given again: from now on it means the new job. */
async function tellSameName(name: string, client: NodeClient, io: Io): Promise<void> {
  const before = await newestNamed(client, name)
  if (before === undefined) return
  io.stderr.write(`note: job ${before.job} has this name too; from now on it means the new one\n`)
}

/** Follows a job to its end, shows it, copies its files; a Ctrl-C leaves the job running. */
export async function watchJob(
  job: JobView,
  info: MoneyView,
  out: string | undefined,
  context: Context
): Promise<ExitCode> {
  const { io } = context
  const printer = jobPrinter(context, info)
  printer.submitted(job)
  const over = new AbortController()
  void tellWhy(job.id, context, printer, AbortSignal.any([io.signal, over.signal]))
  const end = await followJob(job.id, {
    client: context.client,
    signal: io.signal,
    onJob: printer.changed,
    onLog: printer.log,
    onTransfer: printer.transfer,
    onLost: printer.lost
  }).finally(() => over.abort())
  if (end === undefined) {
    printer.detached(job)
    return EXIT.done
  }
  const client = await context.client()
  const dir = out === undefined ? undefined : absolute(out, io.cwd)
  const files = dir === undefined ? await client.results(job.id) : await download(client, job.id, dir)
  printer.ended(end, files, dir ?? end.dir)
  return exitOfJob(end)
}
