import { Failure } from './errors.ts'
import { GoMap, isList, typeName, type Value } from './values.ts'

/** Go counts the bytes of text. */
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (isList(value)) return value.length
  if (value instanceof GoMap) return value.entries.size
  throw new Failure(`${typeName(value)} has no length`, 'take the length of text, a list or a map')
}

/** One step of `index`: a byte of text, an element of a list, the value of a key. */
export function element(value: Value, key: Value): Value {
  if (value instanceof GoMap) {
    if (typeof key !== 'string') throw new Failure(`a map has no key of type ${typeName(key)}`, 'put the key in quotes')
    return value.entries.has(key) ? value.entries.get(key) : value.elements === 'string' ? '' : undefined
  }
  if (typeof value === 'string') {
    const byte = bytesOf(value)[position(key, Buffer.byteLength(value) - 1)]
    return BigInt(byte ?? 0)
  }
  if (isList(value)) return value[position(key, value.length - 1)]
  throw new Failure(`${typeName(value)} has no elements`, 'index text, a list or a map')
}

/** `slice x 1 2`. Where text is cut inside of a character, that character becomes U+FFFD. */
export function slice(value: Value, bounds: readonly Value[]): Value {
  if (typeof value !== 'string' && !isList(value)) {
    throw new Failure(`${typeName(value)} cannot be sliced`, 'slice text or a list')
  }
  const isText = typeof value === 'string'
  if (bounds.length > (isText ? 2 : 3)) throw new Failure('too many bounds', 'write {{slice .x 1 2}}')
  const length = lengthOf(value)
  const [from = 0, to = length, cap = to] = bounds.map(b => position(b, length))
  if (from > to || to > cap) throw new Failure(`${from} is behind ${to}`, 'give the lower bound first')
  return isText
    ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesOf(value).subarray(from, to))
    : value.slice(from, to)
}

function position(key: Value, last: number): number {
  if (typeof key !== 'bigint') throw new Failure(`${typeName(key)} is no position`, 'give a whole number')
  if (key >= 0n && key <= BigInt(last)) return Number(key)
  throw new Failure(`position ${key} is outside of what is there`, `use 0 to ${last}`)
}
