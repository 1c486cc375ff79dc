import { JOB_STATES } from '../../http/job-states.ts'
import type { JobSummary } from '../../http/views.ts'
import { exitOfJob } from '../exit.ts'
import { money, short, type TokenView, table } from '../text.ts'

/** `3 done, 2 running, 7 to come` */
export function progressOf(jobs: readonly JobSummary[], count: number): string {
  const states = JOB_STATES.toReversed().flatMap(state => {
    const some = jobs.filter(job => job.state === state).length
    return some === 0 ? [] : [`${some} ${state}`]
  })
  const rest = count - jobs.length
  return [...states, ...(rest > 0 ? [`${rest} to come`] : [])].join(', ')
}

/** The highest exit code of the jobs. */
export const worstExit = (jobs: readonly JobSummary[]): number => Math.max(0, ...jobs.map(job => exitOfJob(job)))

/** Every job in one line, and what all of them came to. */
export function sweepTable(jobs: readonly JobSummary[], token: TokenView, columns: number | undefined): string {
  const rows = jobs.map(job => [
    String(job.sweep?.index ?? '-'),
    short(job.id),
    job.state,
    job.exitCode === undefined ? '-' : String(job.exitCode),
    money(job.price, token),
    short(job.provider),
    job.state === 'done' ? '' : (job.reason ?? '')
  ])
  const sum = jobs.reduce((total, job) => total + BigInt(job.price ?? '0'), 0n).toString()
  const count = jobs[0]?.sweep?.count ?? jobs.length
  const headings = ['#', 'ID', 'STATE', 'EXIT', 'PRICE', 'PROVIDER', '']
  return `${table(headings, rows, 'no jobs', columns)}${count} jobs: ${progressOf(jobs, count)}; ${money(sum, token)} in all\n`
}
