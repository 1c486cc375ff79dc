import type { JobList, JobSummary } from '../http/views.ts'
import { type Drawn, drawn, money, short, type TokenView, tableOf, when } from './text.ts'

/** A column of our own is dropped rather than cut below this. */
const NARROWEST = 10
const GAP = 2
/** Ids are told apart by this many characters, and every command takes them for the id. */
const ID_PREFIX = 10
const DAY_MS = 86_400_000

interface Column {
  heading: string
  cell(job: JobSummary): string
  /** where the terminal is too narrow for the whole */
  brief?(job: JobSummary): string
}

/** Those that users of Bacalhau know, under its names and in its order: JOB is the engine. Always there. */
const known = (nowMs: number): Column[] => [
  { heading: 'CREATED', cell: job => when(job.createdAt), brief: job => briefly(job.createdAt, nowMs) },
  { heading: 'ID', cell: job => job.id, brief: job => job.id.slice(0, ID_PREFIX) },
  { heading: 'JOB', cell: job => job.engine },
  { heading: 'TYPE', cell: job => job.type ?? 'batch' },
  { heading: 'STATE', cell: job => job.state }
]

/** Ours: a narrow terminal drops them from the right. */
const own = (token: TokenView): Column[] => [
  { heading: 'NAME', cell: job => job.name ?? '-' },
  { heading: 'EXIT', cell: job => String(job.exitCode ?? job.outcome ?? '-') },
  { heading: 'PRICE', cell: job => money(job.price, token) },
  { heading: 'PROVIDER', cell: job => short(job.provider) }
]

/** @param columns of the terminal; without it nothing is shortened or left out */
export function jobTable(
  { total, jobs }: JobList,
  token: TokenView,
  { columns = Number.POSITIVE_INFINITY, nowMs = Date.now() }: { columns?: number | undefined; nowMs?: number } = {}
): string {
  if (jobs.length === 0) return 'no jobs\n'
  const text = tableOf(fitting(known(nowMs), own(token), jobs, columns), columns)
  const more = jobs.length < total ? `the newest ${jobs.length} of ${total} jobs; --all shows the rest` : undefined
  return `${text}${more ?? `${total} ${total === 1 ? 'job' : 'jobs'}`}\n`
}

/** Everything where there is room; else the known columns in brief, and as many of ours as have a readable width. */
function fitting(first: Column[], ours: Column[], jobs: readonly JobSummary[], columns: number): Drawn[] {
  const whole = first.map(({ heading, cell }) => drawn(heading, jobs, cell))
  const mine = ours.map(({ heading, cell }) => drawn(heading, jobs, cell))
  if (widthOf([...whole, ...mine]) <= columns) return [...whole, ...mine]
  const brief = first.map(({ heading, cell, brief = cell }) => drawn(heading, jobs, brief))
  let count = mine.length
  const least = (): number => widthOf(brief) + sum(mine.slice(0, count).map(c => GAP + Math.min(NARROWEST, c.width)))
  while (count > 0 && least() > columns) count--
  return [...brief, ...mine.slice(0, count)]
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)

const widthOf = (columns: readonly Drawn[]): number => sum(columns.map(({ width }) => GAP + width)) - GAP

/** The time of a job of the last day, the date of an older one: as long as the ids beside it. */
const briefly = (ms: number, nowMs: number): string =>
  nowMs - ms < DAY_MS ? when(ms).slice(11) : when(ms).slice(0, 10)
