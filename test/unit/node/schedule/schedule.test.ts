import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { isOpen, nextChange } from '../../../../node/schedule/hours.ts'
import { parseSchedule, type Schedule } from '../../../../node/schedule/parse.ts'
import { hoursText, localTime } from '../../../../node/schedule/text.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString())
const HOUR = 3_600_000

describe('schedule', () => {
  const nights = parseSchedule('mon-fri 18:00-08:00, sat-sun', 'UTC')

  for (const [time, open] of [
    ['2026-03-02T17:59:59Z', false],
    ['2026-03-02T18:00:00Z', true],
    ['2026-03-03T07:59:59Z', true],
    ['2026-03-03T08:00:00Z', false],
    ['2026-03-07T07:00:00Z', true],
    ['2026-03-07T12:00:00Z', true],
    // the night of Sunday is over at midnight: Monday's begins at 18:00
    ['2026-03-08T23:59:59Z', true],
    ['2026-03-09T00:00:00Z', false]
  ] as const) {
    it(`default: ${time} is ${open ? 'open' : 'closed'}`, () => assert.equal(isOpen(nights, at(time)), open))
  }

  it('default: the next change is the first moment that differs', () => {
    assert.equal(iso(nextChange(nights, at('2026-03-02T12:00:00Z'))), '2026-03-02T18:00:00.000Z')
    assert.equal(iso(nextChange(nights, at('2026-03-02T18:00:00Z'))), '2026-03-03T08:00:00.000Z')
    // Friday evening to the end of Sunday is one window
    assert.equal(iso(nextChange(nights, at('2026-03-06T20:00:30.5Z'))), '2026-03-09T00:00:00.000Z')
  })

  for (const [source, same] of [
    ['daily', 'mon-sun'],
    ['08:00-18:00', 'daily 08:00-18:00'],
    ['fri-mon 10:00-11:00', 'fri 10:00-11:00, sat-mon 10:00-11:00'],
    ['Mon   20:00-24:00,tue 00:00-02:00', 'mon 20:00-02:00'],
    ['sun 22:00-06:00', 'sun 22:00-24:00, mon 00:00-06:00'],
    ['mon 08:00-12:00, mon 10:00-14:00', 'mon 08:00-14:00']
  ] as const) {
    it(`args: "${source}" means "${same}"`, () => {
      assert.deepEqual(parseSchedule(source, 'UTC'), parseSchedule(same, 'UTC'))
    })
  }

  for (const source of [
    '',
    'mon,',
    'monn',
    'mon-fri-sat',
    'mon 8:00-9:00',
    'mon 25:00-26:00',
    'mon 24:30-01:00',
    'mon 24:00-02:00',
    'mon 08:00',
    'mon 08:00-08:00',
    '08:00-09:00 mon',
    'mon 08:00-09:00 10:00-11:00',
    'mon–fri',
    Array(33).fill('mon').join(',')
  ]) {
    it(`error: "${source.slice(0, 40)}"`, () => {
      assert.throws(() => parseSchedule(source, 'UTC'), { name: 'InvalidInputError', field: 'schedule' })
    })
  }

  it('error: a zone that is none names the nearest', () => {
    assert.throws(
      () => parseSchedule('daily', 'Europe/Viena'),
      (e: { name: string; field?: string; remedy?: string }) =>
        e.name === 'InvalidInputError' && e.field === 'timeZone' && e.remedy === 'write Europe/Vienna'
    )
  })

  describe('when clocks change', () => {
    // Vienna: 2026-03-29 02:00 is 03:00; 2026-10-25 03:00 is 02:00
    const vienna = (source: string): Schedule => parseSchedule(source, 'Europe/Vienna')

    it('behavior: a window that begins in the hour that is left out begins after it', () => {
      const night = vienna('sun 02:30-05:00')
      assert.equal(iso(nextChange(night, at('2026-03-28T12:00:00Z'))), '2026-03-29T01:00:00.000Z')
      assert.equal(isOpen(night, at('2026-03-29T00:59:59Z')), false)
      assert.equal(isOpen(night, at('2026-03-29T01:00:00Z')), true)
      assert.equal(iso(nextChange(night, at('2026-03-29T01:00:00Z'))), '2026-03-29T03:00:00.000Z')
    })

    it('behavior: an hour that comes twice counts twice', () => {
      const night = vienna('sun 02:00-02:30')
      const changes: (string | undefined)[] = []
      for (let from: number | undefined = at('2026-10-24T12:00:00Z'), i = 0; i < 4 && from !== undefined; i++) {
        from = nextChange(night, from)
        changes.push(iso(from))
      }
      const hours = ['T00:00', 'T00:30', 'T01:00', 'T01:30']
      assert.deepEqual(
        changes,
        hours.map(time => `2026-10-25${time}:00.000Z`)
      )
    })

    it('behavior: a window over the change is an hour longer or shorter', () => {
      const night = vienna('sat 22:00-06:00')
      const length = (from: string): number => {
        const opens = nextChange(night, at(from)) ?? 0
        return ((nextChange(night, opens) ?? 0) - opens) / HOUR
      }
      assert.deepEqual([length('2026-03-28T12:00:00Z'), length('2026-10-24T12:00:00Z')], [7, 9])
    })

    it('behavior: zones of half hours, and without summer time', () => {
      const opens = (zone: string) =>
        iso(nextChange(parseSchedule('mon 09:00-17:00', zone), at('2026-03-01T12:00:00Z')))
      assert.equal(opens('Asia/Kolkata'), '2026-03-02T03:30:00.000Z')
      assert.equal(opens('Australia/Lord_Howe'), '2026-03-01T22:00:00.000Z')
    })
  })

  it('behavior: what is always open never changes', () => {
    assert.equal(nextChange(parseSchedule('daily', 'UTC'), 0), undefined)
    assert.equal(hoursText(parseSchedule('daily', 'UTC'), 0), 'always open')
  })

  it('behavior: at any time, nothing changes before the next change, and then it does', () => {
    const schedules = ['mon-fri 18:00-08:00, sat-sun', 'sun 02:30-03:30', 'daily 00:00-00:01']
    const any = fc.record({
      source: fc.constantFrom(...schedules),
      zone: fc.constantFrom('UTC', 'Europe/Vienna', 'America/St_Johns', 'Australia/Lord_Howe'),
      from: fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2026-12-20T00:00:00Z') }),
      part: fc.double({ min: 0, max: 1, noNaN: true })
    })
    fc.assert(
      fc.property(any, ({ source, zone, from, part }) => {
        const schedule = parseSchedule(source, zone)
        const next = nextChange(schedule, from) ?? Number.NaN
        assert.ok(next > from)
        assert.notEqual(isOpen(schedule, next), isOpen(schedule, from))
        assert.equal(isOpen(schedule, Math.floor(from + (next - 1 - from) * part)), isOpen(schedule, from))
      }),
      { numRuns: 200 }
    )
  })

  it('default: as people read it', () => {
    assert.equal(localTime(nights, at('2026-03-02T18:00:00Z')), 'Mon 18:00 (UTC)')
    assert.equal(hoursText(nights, at('2026-03-02T12:00:00Z')), 'closed until Mon 18:00 (UTC)')
  })
})
