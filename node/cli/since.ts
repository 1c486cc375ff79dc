import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parseDuration } from '../../protocols/common/units.ts'

const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/

/** unix ms; a date without a zone is UTC, as the times in the list are. @throws InvalidInputError */
export function parseSince(given: string): number {
  if (!DATE.test(given)) return Math.max(0, Date.now() - ago(given))
  const zoned = given.length <= 10 || /(Z|[+-]\d{2}:\d{2})$/.test(given.slice(10)) ? given : `${given}Z`
  const at = Date.parse(zoned)
  if (Number.isFinite(at) && at >= 0) return at
  throw noSuch('there is no such date', given)
}

function ago(given: string): number {
  try {
    return parseDuration(given, 'since')
  } catch (cause) {
    throw noSuch('expected a date, or how long ago', given, cause)
  }
}

const noSuch = (what: string, value: string, cause?: unknown): InvalidInputError =>
  new InvalidInputError(`--since: ${what}`, {
    field: 'since',
    value,
    remedy: 'write a date such as 2026-08-01, or how long ago, such as 7d',
    cause
  })
