import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { encode } from '../../protocols/common/cbor.ts'

/** Heads of CBOR items that promise more than follows: byte strings, text, lists and maps of 2^16 to 2^64 entries. */
const HUGE_HEADS = [0x40, 0x60, 0x80, 0xa0].flatMap(major => [
  [major | 25, 0xff, 0xff],
  [major | 26, 0xff, 0xff, 0xff, 0xff],
  [major | 27, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [major | 27, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
])
/** Forms that dag-cbor knows only one of: wide integers, endless lists, floats, undefined, other tags and simple values. */
const ODD_ITEMS = [
  [0x18, 0x01],
  [0x19, 0x00, 0x01],
  [0x1b, 0, 0, 0, 0, 0, 0, 0, 1],
  [0x9f, 0x01, 0xff],
  [0x5f, 0x41, 0x00, 0xff],
  [0xbf, 0xff],
  [0xf9, 0x3c, 0x00],
  [0xfa, 0x3f, 0x80, 0, 0],
  [0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
  [0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0xf7],
  [0xe0],
  [0xf8, 0xff],
  [0xff],
  [0xd8, 0x2a, 0x41, 0x00],
  [0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01, 0x71, 0x12, 0x20],
  [0xc2, 0x41, 0x01],
  [0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02],
  [0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x02],
  [0xa1, 0x69, ...Buffer.from('__proto__'), 0xa0],
  [0x62, 0xc3, 0x28]
]
/** Values that fit CBOR and no schema. */
const ODD_VALUES: unknown[] = [
  null,
  -1,
  1.5,
  2 ** 53 - 1,
  2n ** 64n - 1n,
  true,
  '',
  'x'.repeat(5_000),
  '\u0000\u001b[2J',
  '__proto__',
  new Uint8Array(0),
  new Uint8Array(5_000),
  [],
  Array.from({ length: 3_000 }, () => 0),
  {},
  { ['__proto__x']: 1, constructor: 2 }
]

/** A change of bytes that somebody hostile would try; `others` are messages to cut pieces from. */
export function mutation(others: readonly Uint8Array[]): fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> {
  const at = fc.double({ min: 0, max: 1, noNaN: true })
  const piece = fc.oneof(fc.constantFrom(...HUGE_HEADS, ...ODD_ITEMS), fc.array(fc.nat(255), { maxLength: 8 }))
  const index = (bytes: Uint8Array, where: number): number =>
    Math.min(bytes.byteLength, Math.floor(where * bytes.byteLength))
  const cut = (bytes: Uint8Array, from: number, drop: number, put: Iterable<number>): Uint8Array =>
    Uint8Array.from([...bytes.subarray(0, from), ...put, ...bytes.subarray(from + drop)])
  return fc.oneof(
    fc.tuple(at, fc.nat(7)).map(
      ([w, bit]) =>
        (b: Uint8Array) =>
          flip(b, index(b, w), bit)
    ),
    fc.tuple(at, fc.nat(255)).map(
      ([w, v]) =>
        (b: Uint8Array) =>
          cut(b, index(b, w), 1, [v])
    ),
    at.map(w => (b: Uint8Array) => b.slice(0, index(b, w))),
    fc.tuple(at, fc.nat(4), piece).map(
      ([w, drop, put]) =>
        (b: Uint8Array) =>
          cut(b, index(b, w), drop, put)
    ),
    fc.tuple(at, at, at, fc.constantFrom(...others)).map(([w, from, to, other]) => (b: Uint8Array) => {
      const taken = other.subarray(index(other, Math.min(from, to)), index(other, Math.max(from, to)))
      return cut(b, index(b, w), taken.byteLength, taken)
    }),
    fc.tuple(at, fc.constantFrom(0x81, 0xa1, 0xd8), fc.constantFrom(10, 1_000, 60_000)).map(
      ([w, head, depth]) =>
        (b: Uint8Array) =>
          cut(b, index(b, w), 0, new Uint8Array(depth).fill(head))
    ),
    fc.tuple(fc.nat(1_000), fc.constantFrom(...ODD_VALUES)).map(
      ([which, value]) =>
        (b: Uint8Array) =>
          replaceValue(b, which, value)
    )
  )
}

const flip = (bytes: Uint8Array, at: number, bit: number): Uint8Array =>
  at < bytes.byteLength ? bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit)) : bytes

/** The same message, well-formed and canonical, with one value in it replaced: what gets as far as the schema. */
function replaceValue(bytes: Uint8Array, which: number, value: unknown): Uint8Array {
  try {
    const root: Record<string, unknown> = { it: dagCbor.decode(bytes) }
    const places: [holder: Record<string, unknown>, key: string][] = []
    const walk = (holder: Record<string, unknown>): void => {
      for (const key of Object.keys(holder)) {
        places.push([holder, key])
        const inner = holder[key]
        const isHolder = typeof inner === 'object' && inner !== null && !(inner instanceof Uint8Array)
        if (isHolder && !('multihash' in inner)) walk(inner as Record<string, unknown>)
      }
    }
    walk(root)
    const [holder, key] = places[which % places.length] ?? [root, 'it']
    holder[key] = value
    return encode(root['it'])
  } catch {
    return bytes
  }
}

/** One to four such changes of one of the messages, or bytes of no meaning. */
export function hostile(messages: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const changed = fc
    .tuple(fc.constantFrom(...messages), fc.array(mutation(messages), { minLength: 1, maxLength: 4 }))
    .map(([message, changes]) => changes.reduce((bytes, change) => change(bytes), message))
  return fc.oneof({ weight: 20, arbitrary: changed }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }) })
}
