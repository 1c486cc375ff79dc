import type { LogChunk } from '../http/api.ts'
import { toLogLine } from '../http/log-wire.ts'
import type { JobView, NodeInfo, ReplicaView, ResultFile } from '../http/views.ts'
import type { Context } from './context.ts'
import { exitOfJob } from './exit.ts'
import type { TransferEvent } from './follow.ts'
import { progressLine } from './progress-line.ts'
import { clean, money, seconds, short, size, type TokenView, when } from './text.ts'
import { transferText } from './transfer-text.ts'

/** How amounts are shown, and whether any were moved. */
export type MoneyView = Pick<NodeInfo, 'token' | 'network'>

export interface JobPrinter {
  submitted(job: JobView): void
  changed(job: JobView): void
  log(chunk: LogChunk): void
  /** how far inputs have gone, what the provider prepares is, or the result has come */
  transfer(transfer: TransferEvent): void
  /** nobody has taken the job for a while, or the one that did does not answer */
  waiting(summary: string, what: 'nobody' | 'away'): void
  lost(): void
  detached(job: JobView): void
  ended(job: JobView, files: readonly ResultFile[], dir: string | undefined): void
}

/**
 * Shows a job as it goes: with --json one object per line on stdout, else the job's own output on stdout and stderr, progress
 * on stderr where somebody watches, and at the end always where the files are and what was paid.
 */
export function jobPrinter(context: Context, info: MoneyView): JobPrinter {
  return context.json ? jsonPrinter(context) : textPrinter(context, info)
}

function jsonPrinter({ io }: Context): JobPrinter {
  const write = (value: object): void => {
    io.stdout.write(`${JSON.stringify(value)}\n`)
  }
  return {
    submitted: job => write({ event: 'submitted', job }),
    changed: job => write({ event: 'state', job }),
    log: chunk => write({ event: 'log', ...toLogLine(chunk) }),
    transfer: ({ what, bytes, totalBytes, at }) => write({ event: 'transfer', what, bytes, totalBytes, at }),
    lost: () => write({ event: 'lost' }),
    waiting: summary => write({ event: 'waiting', summary }),
    detached: job => write({ event: 'detached', id: job.id }),
    ended: (job, files, dir) => write({ event: 'end', job, files, dir, exit: exitOfJob(job) })
  }
}

function textPrinter({ io, verbose }: Context, { token, network }: MoneyView): JobPrinter {
  const line = progressLine({ io, json: false, verbose })
  const say = (text: string): void => {
    line.clear()
    io.stderr.write(`${text}\n`)
  }
  let shown = 0
  const textOf = transferText({ isLive: line.isLive })
  let provider: JobView['provider']
  return {
    submitted: job => {
      if (verbose) say(`job       ${job.id}`)
    },
    changed(job) {
      const fresh = job.phases.slice(shown)
      shown = job.phases.length
      provider = job.provider
      for (const { state, at, detail } of fresh) {
        // what waits for its owner is said to everybody: without an answer silence gives it
        if (!verbose && state !== 'review') continue
        const about = detail ?? aboutState(state, job, token)
        say(`${state.padEnd(9)} +${seconds(Math.max(0, at - job.createdAt))}  ${clean(about)}`.trimEnd())
      }
    },
    log({ stream, bytes }) {
      line.clear()
      ;(stream === 'stdout' ? io.stdout : io.stderr).write(bytes)
    },
    transfer: transfer => line.show(textOf(transfer, provider)),
    lost: () => say('the node does not answer; trying again'),
    waiting(summary, what) {
      if (what === 'away') return say(`waiting   ${clean(summary)}`)
      say(`nobody yet: ${clean(summary)}\nlooking on; Ctrl-C leaves the job running, "dcn job cancel" ends it`)
    },
    detached(job) {
      say(`detached; the job goes on. Come back with: dcn job wait ${job.id}`)
    },
    ended(job, files, dir) {
      say(`${job.state.padEnd(9)} ${clean(outcomeOf(job))}`)
      if (files.length > 0) {
        const bytes = files.reduce((sum, f) => sum + f.sizeBytes, 0)
        const where = dir === undefined ? `get them with: dcn job get ${job.id}` : clean(dir)
        say(`files     ${where} (${files.length}, ${size(bytes)})`)
      }
      if (job.state === 'done' && job.price !== undefined) {
        const whom = job.replicas === undefined ? short(job.provider) : `${dealt(job.replicas)} providers`
        const paid = `${money(job.price, token)} to ${whom}`
        say(network.settlement === 'evm' ? `paid      ${paid}` : `price     ${paid} (no chain: nothing was moved)`)
      }
      if (job.state !== 'done') say(`why       dcn job why ${job.id}`)
    }
  }
}

function aboutState(state: JobView['state'], job: JobView, token: TokenView): string {
  if (job.replicas !== undefined) return aboutReplicas(state, job, job.replicas, token)
  if (state === 'agreed') return `with ${short(job.provider)} at ${money(job.price, token)}`
  if (state === 'checking') return 'running the job again here'
  if (state === 'review')
    return `accept with "dcn job accept ${job.id}" or refuse with "dcn dispute ${job.id}"; silence accepts ${until(job)}`
  if (state === 'disputed') return `${job.dispute ?? ''}; follow it with "dcn job show ${job.id}"`
  return ''
}

const until = ({ reviewBy }: JobView): string =>
  reviewBy === undefined ? 'when the review ends' : `at ${when(reviewBy)} UTC`

const dealt = (replicas: readonly ReplicaView[]): number => replicas.filter(r => r.price !== undefined).length

function aboutReplicas(
  state: JobView['state'],
  { id, quorum, price }: JobView,
  replicas: readonly ReplicaView[],
  token: TokenView
): string {
  if (state === 'agreed')
    return `with ${dealt(replicas)} of ${replicas.length} providers so far, at ${money(price, token)}`
  if (state === 'checking') return `comparing results; ${quorum ?? '?'} equal ones are needed`
  if (state === 'review')
    return `the replicas do not agree: "dcn job accept ${id}" pays those that wait, "dcn dispute ${id}" takes them to the court; silence accepts when the review ends`
  return ''
}

function outcomeOf(job: JobView): string {
  if (job.reason !== undefined) return job.reason
  if (job.exitCode !== undefined) return `exit code ${job.exitCode}`
  return job.outcome ?? ''
}
