import { DAY_MINUTES, type Schedule, WEEK_MINUTES } from './parse.ts'

const MINUTE_MS = 60_000
/** 1970-01-05, the first Monday of unix time. */
const MONDAY_MS = 4 * DAY_MINUTES * MINUTE_MS
/** A week, and a day for clocks that are put forward or back in it: what has not changed by then never does. */
const HORIZON_MS = (WEEK_MINUTES + DAY_MINUTES) * MINUTE_MS

/** Whether work is taken at a time (unix ms). Local time decides: an hour that comes twice in autumn counts twice. */
export function isOpen(schedule: Schedule, atMs: number): boolean {
  const minute = weekMinute(atMs + offsetMs(schedule.timeZone, atMs))
  return schedule.spans.some(({ from, to }) => minute >= from && minute < to)
}

/** When `isOpen` next says something else (unix ms); undefined where it never does. */
export function nextChange(schedule: Schedule, atMs: number): number | undefined {
  const now = isOpen(schedule, atMs)
  const { spans, timeZone } = schedule
  const edges = [...new Set(spans.flatMap(({ from, to }) => [from, to % WEEK_MINUTES]))]
  if (edges.length === 0) return undefined
  for (let here = atMs; here < atMs + HORIZON_MS; ) {
    const offset = offsetMs(timeZone, here)
    const next = here + untilNext(edges, here + offset)
    here = offsetMs(timeZone, next) === offset ? next : clockChange(timeZone, here, next)
    if (isOpen(schedule, here) !== now) return here
  }
  return undefined
}

/** From a local time to the first edge after it. */
function untilNext(edges: readonly number[], localMs: number): number {
  const minute = weekMinute(localMs)
  const ahead = edges.map(edge => (edge - minute + WEEK_MINUTES) % WEEK_MINUTES || WEEK_MINUTES)
  return Math.min(...ahead) * MINUTE_MS - mod(localMs, MINUTE_MS)
}

/** The first moment at which the clocks of a zone show another time than they did at `from`, by halving. */
function clockChange(timeZone: string, from: number, to: number): number {
  const before = offsetMs(timeZone, from)
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetMs(timeZone, middle) === before) low = middle
    else high = middle
  }
  return high
}

const weekMinute = (localMs: number): number =>
  Math.floor(mod(localMs - MONDAY_MS, WEEK_MINUTES * MINUTE_MS) / MINUTE_MS)
const mod = (n: number, by: number): number => ((n % by) + by) % by

const formats = new Map<string, Intl.DateTimeFormat>()

/** What is added to unix time for the local time of a zone. */
function offsetMs(timeZone: string, atMs: number): number {
  let format = formats.get(timeZone)
  if (format === undefined) {
    const two = '2-digit'
    const parts = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts })
    formats.set(timeZone, format)
  }
  const found = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000
}
