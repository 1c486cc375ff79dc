import { InvalidInputError } from '../../protocols/common/errors.ts'
import { nearest } from '../../protocols/common/nearest.ts'

/** Minutes of a week that starts on Monday at 00:00, from a first one to one that is no longer meant. */
export interface Span {
  from: number
  to: number
}

/** When a provider takes work: local times of a zone, week after week. */
export interface Schedule {
  /** in order, apart from each other, within one week */
  spans: readonly Span[]
  /** IANA name */
  timeZone: string
}

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export const DAY_MINUTES = 24 * 60
export const WEEK_MINUTES = 7 * DAY_MINUTES
/** More windows than a week has hours are no schedule that a person keeps. */
const MAX_ENTRIES = 32
const EXPECTED = 'days and hours such as "mon-fri 18:00-08:00, sat-sun"'

export const hostTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/**
 * Reads `[DAYS] [HH:MM-HH:MM], …`: DAYS is a day, a range of days or `daily`; without hours the whole day is meant, without days
 * every day. Hours that end before they begin end on the next day.
 *
 * @throws InvalidInputError with the entry that is wrong
 */
export function parseSchedule(source: string, timeZone: string): Schedule {
  checkTimeZone(timeZone)
  const entries = source.split(',')
  if (entries.length > MAX_ENTRIES) throw bad(source, `expected at most ${MAX_ENTRIES} entries`)
  const spans = entries.flatMap(entry => spansOf(entry.trim().toLowerCase().split(/\s+/)))
  return { spans: merged(spans.flatMap(withinWeek)), timeZone }
}

/** @throws InvalidInputError */
export function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch (cause) {
    const meant = nearest(timeZone, Intl.supportedValuesOf('timeZone'))
    throw new InvalidInputError(`"${timeZone}" is no time zone`, {
      field: 'timeZone',
      value: timeZone,
      limit: 'an IANA name such as Europe/Vienna, or UTC',
      remedy: `write ${meant ?? 'a name such as Europe/Vienna, or UTC'}`,
      cause
    })
  }
}

function spansOf(words: readonly string[]): Span[] {
  const [first = '', second, ...more] = words
  const isTime = first.includes(':')
  if (first === '' || more.length > 0 || (isTime && second !== undefined)) throw bad(words.join(' '))
  const days = isTime ? DAYS.map((_, i) => i) : daysOf(first)
  const hours = isTime ? first : second
  const { from, to } = hours === undefined ? { from: 0, to: DAY_MINUTES } : hoursOf(hours)
  return days.map(day => ({ from: day * DAY_MINUTES + from, to: day * DAY_MINUTES + to }))
}

function daysOf(word: string): number[] {
  if (word === 'daily') return DAYS.map((_, i) => i)
  const parts = word.split('-')
  const [first = 0, last = first] = parts.map(dayOf)
  if (parts.length > 2) throw bad(word)
  // fri-mon goes round the end of the week
  const length = ((last - first + DAYS.length) % DAYS.length) + 1
  return Array.from({ length }, (_, i) => (first + i) % DAYS.length)
}

function dayOf(word: string): number {
  const at = DAYS.indexOf(word as (typeof DAYS)[number])
  if (at >= 0) return at
  const meant = nearest(word, DAYS)
  throw bad(word, `"${word}" is no day${meant === undefined ? '' : `; did you mean ${meant}?`}`)
}

function hoursOf(word: string): Span {
  const parts = word.split('-')
  const [from, to] = parts.map(minuteOf)
  if (parts.length !== 2 || from === undefined || to === undefined || from === DAY_MINUTES) throw bad(word)
  if (from === to) throw bad(word, `${word} is no time at all; leave the hours out for the whole day`)
  return { from, to: to > from ? to : to + DAY_MINUTES }
}

function minuteOf(word: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(word) ?? []
  const minute = Number(hours) * 60 + Number(minutes)
  if (Number.isNaN(minute) || minute > DAY_MINUTES) throw bad(word, `"${word}" is no time such as 08:00 or 18:30`)
  return minute
}

function withinWeek({ from, to }: Span): Span[] {
  if (to <= WEEK_MINUTES) return [{ from, to }]
  return [
    { from, to: WEEK_MINUTES },
    { from: 0, to: to - WEEK_MINUTES }
  ]
}

function merged(spans: readonly Span[]): Span[] {
  const apart: Span[] = []
  for (const span of [...spans].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = apart.at(-1)
    if (last === undefined || span.from > last.to) apart.push({ ...span })
    else last.to = Math.max(last.to, span.to)
  }
  return apart
}

function bad(value: string, message = `"${value}" is no part of a schedule`): InvalidInputError {
  return new InvalidInputError(message, { field: 'schedule', value, limit: EXPECTED, remedy: `write ${EXPECTED}` })
}
