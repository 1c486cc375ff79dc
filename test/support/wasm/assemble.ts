/** Writes WebAssembly modules byte by byte, for what no compiler would make. */

const I32 = 0x7f
const I64 = 0x7e
export const TYPES: Record<string, number> = { i: I32, I: I64, f: 0x7d, F: 0x7c, v: 0x7b }

/** Unsigned LEB128. */
export function u(value: number): number[] {
  const bytes = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 0x80)
  }
}

/** Signed LEB128 of 32 bits, as i32.const takes it. */
export function s(value: number): number[] {
  const bytes = []
  for (let rest = value | 0; ; ) {
    const low = rest & 0x7f
    rest >>= 7
    if (rest === ((low & 0x40) === 0 ? 0 : -1)) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}

export const text = (value: string): number[] => {
  const bytes = [...Buffer.from(value)]
  return [...u(bytes.length), ...bytes]
}
export const section = (id: number, content: ArrayLike<number>): Buffer =>
  Buffer.concat([Uint8Array.from([id, ...u(content.length)]), Uint8Array.from(content)])

export const HEADER = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
const list = (items: readonly (readonly number[])[]): number[] => [...u(items.length), ...items.flat()]
/** `iI:i` is a function of an i32 and an i64 that gives an i32. */
export function typeOf(signature: string): number[] {
  const [params = '', results = ''] = signature.split(':')
  const values = (of: string) => list([...of].map(c => [TYPES[c] ?? 0]))
  return [0x60, ...values(params), ...values(results)]
}

export interface ModuleInit {
  /** module, name, signature */
  imports?: [from: string, name: string, signature: string][]
  /** instructions of `_start`, without the last end; locals are i32 */
  start?: readonly number[]
  locals?: number
  /** of the memory: flags, initial, maximum */
  memory?: readonly number[]
  /** further functions of no parameters and results, numbered after `_start` */
  functions?: readonly (readonly number[])[]
  /** sections to add as they are, by id */
  extra?: Record<number, readonly number[]>
  exports?: readonly (readonly number[])[]
}

/** A command; its memory is exported, `_start` is the function after the imports. */
export function assemble(init: ModuleInit = {}): Buffer {
  const { imports = [], start = [], locals = 0, memory = [0, 1], functions = [], extra = {} } = init
  const signatures = [':', ...imports.map(([, , signature]) => signature)]
  const bodies = [
    [...(locals === 0 ? [0] : [1, ...u(locals), I32]), ...start, 0x0b],
    ...functions.map(code => [0, ...code, 0x0b])
  ]
  const exports = init.exports ?? [
    [...text('_start'), 0, ...u(imports.length)],
    [...text('memory'), 2, 0]
  ]
  const sections: Record<number, ArrayLike<number>> = {
    1: list(signatures.map(typeOf)),
    2: list(imports.map(([from, name], i) => [...text(from), ...text(name), 0, ...u(i + 1)])),
    3: list(bodies.map(() => [0])),
    5: list([memory]),
    7: list(exports),
    10: Buffer.concat([Uint8Array.from(u(bodies.length)), ...bodies.map(b => Uint8Array.from([...u(b.length), ...b]))]),
    ...extra
  }
  const ids = Object.keys(sections)
    .map(Number)
    .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
  return Buffer.concat([HEADER, ...ids.map(id => section(id, sections[id] ?? []))])
}

/** Sections must come in this order. */
const ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11, 0]

export const WASI = 'wasi_snapshot_preview1'
/** Instructions by name; immediates follow. */
export const op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  try: 0x06,
  catchAll: 0x19,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Add: 0x6a,
  i32Eqz: 0x45,
  memoryGrow: 0x40,
  empty: 0x40
} as const
