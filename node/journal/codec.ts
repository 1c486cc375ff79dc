import { CID } from 'multiformats/cid'
import { fromString } from 'uint8arrays/from-string'
import { toString as bytesToString } from 'uint8arrays/to-string'
import { InternalError } from '../../protocols/common/errors.ts'

/** Deeper than any state of ours; keeps a cyclic value from overflowing the stack. */
const MAX_DEPTH = 64

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * JSON text for values that JSON lacks: an object with one key that starts with `$` stands for something else
 * (`$n` bigint, `$b` bytes, `$c` CID, `$f` non-finite number or -0, `$u` undefined, `$o` an object with such keys of its own).
 * Keys whose value is undefined are dropped.
 *
 * @throws InternalError for functions, symbols, class instances and cycles
 */
export function encodeValue(value: unknown): string {
  return JSON.stringify(pack(value, 0))
}

/** @throws SyntaxError or TypeError for text that `encodeValue` did not make */
export function decodeValue(text: string): unknown {
  return unpack(JSON.parse(text) as Json)
}

function pack(value: unknown, depth: number): Json {
  if (depth > MAX_DEPTH) throw new InternalError('a journal value is nested too deeply')
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $f: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint':
      return { $n: value.toString() }
    case 'undefined':
      return { $u: true }
    case 'object':
      return value === null ? null : packObject(value, depth)
    default:
      throw new InternalError(`a journal value cannot hold a ${typeof value}`)
  }
}

function packObject(value: object, depth: number): Json {
  if (Array.isArray(value)) return Array.from(value, item => pack(item, depth + 1))
  if (value instanceof Uint8Array) return { $b: bytesToString(value, 'base64') }
  const cid = CID.asCID(value)
  if (cid !== null) return { $c: cid.toString() }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new InternalError(`a journal value cannot hold a ${value.constructor?.name ?? 'class instance'}`)
  }
  const entries = Object.entries(value).filter(([, v]) => v !== undefined)
  // fromEntries defines own properties, so a key named __proto__ stays data
  const packed = Object.fromEntries(entries.map(([k, v]) => [k, pack(v, depth + 1)]))
  return entries.some(([k]) => k.startsWith('$')) ? { $o: packed } : packed
}

const TAGS: Record<string, (content: Json) => unknown> = {
  $n: c => BigInt(asText(c)),
  $b: c => fromString(asText(c), 'base64'),
  $c: c => CID.parse(asText(c)),
  $f: c => Number(asText(c)),
  $u: () => undefined,
  $o: c => unpackEntries(c)
}

function unpack(value: Json): unknown {
  if (Array.isArray(value)) return value.map(unpack)
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.keys(value)
  const tag = keys[0]
  if (tag === undefined || !tag.startsWith('$')) return unpackEntries(value)
  const decode = TAGS[tag]
  if (keys.length !== 1 || decode === undefined) throw new TypeError(`unknown tag ${tag}`)
  return decode(value[tag] ?? null)
}

function unpackEntries(value: Json): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('expected an object')
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unpack(v)]))
}

function asText(value: Json): string {
  if (typeof value !== 'string') throw new TypeError('expected text')
  return value
}
