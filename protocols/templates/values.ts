/**
 * What templates compute with: Go's string, int (`bigint`), float64 (`number`), bool, nil (`null`), slices and maps.
 * `undefined` is Go's invalid value: what a missing key gives, printed as `<no value>`.
 */
export type Value = string | bigint | number | boolean | null | undefined | readonly Value[] | GoMap

/** A map with text keys. What `index` gives for a missing key depends on the type of its elements. */
export class GoMap {
  readonly entries: ReadonlyMap<string, Value>
  readonly elements: 'string' | 'any'

  constructor(entries: ReadonlyMap<string, Value>, elements: 'string' | 'any') {
    this.entries = entries
    this.elements = elements
  }

  /** Keys in the order of their UTF-8 bytes, as Go ranges over and prints maps. */
  sorted(): [string, Value][] {
    return [...this.entries].sort(([a], [b]) => compareText(a, b))
  }
}

/** `map[string]string`: the data of a module's template. */
export function stringMap(data: Readonly<Record<string, string>>): GoMap {
  return new GoMap(new Map(Object.entries(data)), 'string')
}

/** Data as a JSON or YAML parser gives it, as Go's `any`: numbers are float64, bigints int. */
export function anyValue(data: unknown): Value {
  if (data === null || data === undefined) return null
  if (Array.isArray(data)) return data.map(anyValue)
  if (typeof data === 'object') {
    return new GoMap(new Map(Object.entries(data).map(([key, value]) => [key, anyValue(value)])), 'any')
  }
  return typeof data === 'string' || typeof data === 'number' || typeof data === 'bigint' || typeof data === 'boolean'
    ? data
    : String(data)
}

export function isTrue(value: Value): boolean {
  if (value === null || value === undefined) return false
  if (typeof value === 'object') return value instanceof GoMap ? value.entries.size > 0 : value.length > 0
  // NaN is not 0, and so is true in Go
  return typeof value === 'number' ? value !== 0 : Boolean(value)
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

export function typeName(value: Value): string {
  if (value === null || value === undefined) return 'nil'
  if (isList(value)) return '[]interface {}'
  if (value instanceof GoMap) return value.elements === 'string' ? 'map[string]string' : 'map[string]interface {}'
  switch (typeof value) {
    case 'bigint':
      return 'int'
    case 'number':
      return 'float64'
    case 'boolean':
      return 'bool'
    default:
      return 'string'
  }
}

/** By code point, which is the order of the UTF-8 bytes; UTF-16 units order surrogates otherwise. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rankOf(x) - rankOf(y)
  }
  return a.length - b.length
}

const rankOf = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
