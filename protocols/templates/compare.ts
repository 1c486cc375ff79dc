import { Failure } from './errors.ts'
import { compareText, GoMap, isList, typeName, type Value } from './values.ts'

const isNothing = (value: Value): boolean => value === undefined || value === null
const isBasic = (value: Value): boolean => !isNothing(value) && typeof value !== 'object'

/** Go's `eq`: whether the first equals one of the others. Nothing equals only nothing. */
export function equal(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new Failure('"eq" wants two values', 'write {{eq .a .b}}')
  return others.some(other => same(first, other))
}

function same(a: Value, b: Value): boolean {
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b)
  if (isBasic(a) && isBasic(b) && typeof a === typeof b) return a === b
  throw incompatible(a, b)
}

export function less(a: Value, b: Value): boolean {
  return ordered(a, b) < 0
}

/** Below 0, 0, above 0. @throws Failure where Go has no order */
export function compare(a: Value, b: Value): number {
  return ordered(a, b)
}

function ordered(a: Value, b: Value): number {
  for (const value of [a, b]) {
    if (isNothing(value) || isList(value) || value instanceof GoMap || typeof value === 'boolean') {
      throw new Failure(`${typeName(value)} has no order`, 'compare numbers with numbers or text with text')
    }
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0
  if (typeof a === 'number' && typeof b === 'number') return a - b
  throw incompatible(a, b)
}

function incompatible(a: Value, b: Value): Failure {
  const text = typeof a === 'string' || typeof b === 'string' ? '; inputs are text: compare with "1" and not 1' : ''
  return new Failure(`${typeName(a)} and ${typeName(b)} cannot be compared${text}`, 'make both the same type')
}
