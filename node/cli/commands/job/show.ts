import type { Command } from 'commander'
import type { NodeClient } from '../../../http/client.ts'
import type { DisputeView, JobView, ReplicaView, ResultFile } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import { findJob } from '../../find-job.ts'
import type { Io } from '../../io.ts'
import { clean, fields, money, seconds, short, size, type TokenView, table, when } from '../../text.ts'
import type { Finish } from '../types.ts'

/** What a reader of the live output should know about it. */
const LOG = {
  same: 'as the provider signed it',
  partial: 'completed from the signed result',
  differs: 'NOT what the provider signed; the files are'
} as const

export function showCommand(io: Io, finish: Finish): Command {
  return nodeCommand('show', 'one job: its way, its result, its money', ['dcn job show 4f1c'])
    .argument('<id>', 'id, its beginning, or the name of the job')
    .action((id: string, options: CommonOptions) => finish(showJob(id, options, io), options))
}

export async function showJob(id: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const job = await findJob(client, id, { io })
  const [files, { token }, dispute] = await Promise.all([client.results(job.id), client.info(), disputeOf(client, job)])
  const all = { ...job, files, ...(dispute === undefined ? {} : { court: dispute }) }
  print(context, all, () => jobText(job, files, token, dispute))
  return EXIT.done
}

/** A job that nobody disputed is not asked about. */
async function disputeOf(client: NodeClient, job: JobView): Promise<DisputeView | undefined> {
  const { deal, dispute } = job.replicas?.find(r => r.dispute !== undefined) ?? job
  if (deal === undefined || dispute === undefined) return undefined
  return await client.disputeOf(deal).catch(error => {
    // said no to, and not (yet) challenged
    if (error instanceof Error && error.name === 'DealNotFoundError') return undefined
    throw error
  })
}

function jobText(
  job: JobView,
  files: readonly ResultFile[],
  token: TokenView,
  dispute: DisputeView | undefined
): string {
  const head = fields({
    id: job.id,
    name: job.name,
    type: job.type,
    state: job.state,
    reason: job.reason,
    created: when(job.createdAt),
    modified: when(job.updatedAt),
    engine: job.engine,
    outcome: job.outcome,
    'exit code': job.exitCode,
    provider: job.provider,
    deal: job.deal,
    price: job.price === undefined ? undefined : money(job.price, token),
    result: job.resultCid,
    directory: job.dir,
    checked: job.checked,
    'live output': job.log === undefined ? undefined : LOG[job.log],
    agreement: job.replicas === undefined ? undefined : agreement(job.replicas, job.quorum),
    'your word until': job.reviewBy === undefined ? undefined : when(job.reviewBy),
    dispute: job.dispute,
    court: dispute === undefined ? undefined : courtState(dispute)
  })
  const way = job.phases.map(p =>
    `  ${p.state.padEnd(9)} +${seconds(p.at - job.createdAt)}  ${clean(p.detail ?? '')}`.trimEnd()
  )
  const sent = job.transactions.map(t => `  ${clean(t.what).padEnd(9)} ${clean(t.hash)}`)
  const listed = files.map(f => `  ${clean(f.path)} (${size(f.sizeBytes)})`)
  return [
    head.trimEnd(),
    ...section('replicas', replicaLines(job.replicas ?? [], token)),
    ...section('way', way),
    ...section('transactions', sent),
    ...section('court', (dispute?.story ?? []).map(told)),
    ...section('seats', (dispute?.members ?? []).map(seatLine)),
    ...section('files', listed),
    ''
  ].join('\n')
}

function courtState({ state, round, deadlineAt, verdict }: DisputeView): string {
  const until = deadlineAt === undefined ? '' : ` until ${when(deadlineAt)}`
  const at = round === undefined ? state : `${state}, round ${round}${until}`
  return verdict === undefined ? at : `${at}: ${verdict.replace('-', ' ')}`
}

const told = ({ what }: DisputeView['story'][number]): string => `  ${clean(what)}`
const seatLine = (m: DisputeView['members'][number]): string =>
  `  round ${m.round}  seat ${m.seat}  ${short(m.owner)}  ${m.standing}${m.vote === undefined ? '' : ` ${short(m.vote)}`}`

const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : [title, ...lines])

/** How the results so far stand to each other: `2 equal of 3 results, 2 needed`. */
function agreement(replicas: readonly ReplicaView[], quorum: number | undefined): string {
  const digests = replicas.flatMap(r => r.digest ?? [])
  const most = Math.max(0, ...digests.map(digest => digests.filter(d => d === digest).length))
  return `${most} equal of ${digests.length} results, ${quorum ?? '?'} needed`
}

/** What Bacalhau calls the executions of a job, under its headings as far as it has them; NODE ID is the provider. */
function replicaLines(replicas: readonly ReplicaView[], token: TokenView): string[] {
  const rows = replicas.map(({ replica, state, provider, price, digest, agrees, reason = '' }) => {
    const verdict = agrees === undefined ? '' : agrees ? 'agrees' : 'differs'
    return [String(replica), short(provider), state, money(price, token), short(digest), verdict, reason]
  })
  const headings = ['ID', 'NODE ID', 'STATE', 'PRICE', 'RESULT', 'VERDICT', 'COMMENT']
  const lines = rows.length === 0 ? [] : table(headings, rows, '').trimEnd().split('\n')
  return lines.map(line => `  ${line}`)
}
