import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parseDuration } from '../../protocols/common/units.ts'

/** Whole seconds, as contracts count: `90`, `90s`, `5m`. @throws InvalidInputError */
export function secondsOf(text: string | undefined, field: string): number | undefined {
  if (text === undefined) return undefined
  const sec = /^\d{1,15}$/.test(text) ? Number(text) : durationMs(text, field) / 1000
  if (Number.isSafeInteger(sec)) return sec
  throw noTime(field, text)
}

function durationMs(text: string, field: string): number {
  try {
    return parseDuration(text, field)
  } catch (cause) {
    throw noTime(field, text, cause)
  }
}

const noTime = (field: string, value: string, cause?: unknown): InvalidInputError =>
  new InvalidInputError(`--${field}: expected a time in whole seconds`, {
    field,
    value,
    remedy: 'write seconds such as 90, or a time such as 90s, 5m or 2h',
    cause
  })
