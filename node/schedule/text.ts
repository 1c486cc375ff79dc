import { isOpen, nextChange } from './hours.ts'
import type { Schedule } from './parse.ts'

/** `Mon 18:00`, as clocks in the zone of a schedule show it. */
export function localTime({ timeZone }: Pick<Schedule, 'timeZone'>, atMs: number): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23'
  })
  return `${format.format(atMs).replace(',', '')} (${timeZone})`
}

/** What a schedule means now: `open until Mon 08:00 (UTC)`. */
export function hoursText(schedule: Schedule, nowMs: number): string {
  const state = isOpen(schedule, nowMs) ? 'open' : 'closed'
  const next = nextChange(schedule, nowMs)
  return next === undefined ? `always ${state}` : `${state} until ${localTime(schedule, next)}`
}
