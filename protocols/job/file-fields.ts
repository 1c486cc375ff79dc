import { InvalidInputError } from '../common/errors.ts'
import { nearest } from '../common/nearest.ts'

export type Fields = Record<string, unknown>

/** A mapping whose keys are all known. @throws InvalidInputError naming the unknown key and the nearest known one */
export function mapping(value: unknown, field: string, known: readonly string[]): Fields {
  if (!isMapping(value)) throw expected(field, value, `a mapping with ${list(known)}`)
  for (const key of Object.keys(value)) if (!known.includes(key)) throw unknownKey(key, field, known)
  return value
}

export function isMapping(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

export function sequence(value: unknown, field: string, max: number): unknown[] {
  if (!Array.isArray(value)) throw expected(field, value, 'a list')
  if (value.length > max) {
    throw new InvalidInputError(`${field}: ${value.length} entries are too many`, {
      field,
      value: value.length,
      limit: `at most ${max} entries`,
      remedy: `shorten ${field}`
    })
  }
  return value
}

/**
 * Text that survives encoding: a lone surrogate would be replaced on the wire, and what is hashed would not be what was
 * written. Numbers and booleans are refused, since `08`, `1.0` and `no` do not come back as they were typed.
 */
export function textual(value: unknown, field: string): string {
  if (typeof value === 'string' && value.isWellFormed()) return value
  const quoted = typeof value === 'number' || typeof value === 'boolean' ? `, such as "${value}"` : ''
  throw expected(field, value, `text in quotes${quoted}`)
}

export function expected(field: string, value: unknown, what: string): InvalidInputError {
  return new InvalidInputError(`${field}: expected ${what}`, {
    field,
    value,
    limit: what,
    remedy: `make ${field} ${what}`
  })
}

export function refused(field: string, value: unknown, why: string, remedy: string): InvalidInputError {
  return new InvalidInputError(`${field}: ${why}`, { field, value, limit: why, remedy })
}

function unknownKey(key: string, field: string, known: readonly string[]): InvalidInputError {
  const shown = key.length > 64 ? `${key.slice(0, 64)}…` : key
  const meant = nearest(key, known)
  const path = field === SPEC ? shown : `${field}.${shown}`
  return new InvalidInputError(
    `${field}: unknown key "${shown}"${meant === undefined ? '' : `, did you mean "${meant}"?`}`,
    {
      field: path,
      value: shown,
      limit: list(known),
      remedy: meant === undefined ? `use one of ${list(known)}` : `write "${meant}" instead of "${shown}"`
    }
  )
}

/** How the top of the file is called in messages. */
export const SPEC = 'job spec'

const list = (names: readonly string[]): string => names.join(', ')
