import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { capMemory, pagesOf } from '../../../../../node/engines/wasm/module/cap-memory.ts'
import { inspectModule } from '../../../../../node/engines/wasm/module/inspect.ts'
import { WASI_SIGNATURES } from '../../../../../node/engines/wasm/module/signatures.ts'
import { assemble, HEADER, type ModuleInit, section, text, u, WASI } from '../../../../support/wasm/assemble.ts'
import { FIXTURES, fixture } from '../../../../support/wasm/fixtures.ts'

const importing = (...imports: NonNullable<ModuleInit['imports']>) => assemble({ imports })
const exporting = (name: string, kind: number, index: number) => [...text(name), kind, ...u(index)]

const REFUSED: [title: string, module: Uint8Array, why: RegExp][] = [
  ['nothing', Buffer.alloc(0), /no WebAssembly/],
  ['text', Buffer.from('export default () => 1'), /no WebAssembly/],
  ['half a header', HEADER.subarray(0, 6), /no WebAssembly/],
  ['another version', Buffer.concat([HEADER.subarray(0, 4), Uint8Array.of(2, 0, 0, 0)]), /version 2/],
  ['a component', Buffer.concat([HEADER.subarray(0, 4), Uint8Array.of(13, 0, 1, 0)]), /component/],
  ['a header alone', HEADER, /_start/],
  ['a section that ends too late', Buffer.concat([HEADER, Uint8Array.of(1, 5, 0)]), /ends in the middle/],
  ['a number that does not end', Buffer.concat([HEADER, Uint8Array.of(1, ...Array(9).fill(0x80))]), /too long/],
  ['a list that is longer than its section', Buffer.concat([HEADER, section(1, u(1000))]), /ends in the middle/],
  ['a list without bounds', Buffer.concat([HEADER, section(1, u(4_000_000_000))]), /4000000000 entries/],
  ['a list of nine megabytes', Buffer.concat([HEADER, section(1, Buffer.alloc(9_000_000))]), /9000000 bytes/],
  ['too many sections', Buffer.concat([HEADER, ...Array(10_001).fill(section(0, text('x')))]), /sections/],
  ['no _start', assemble({ exports: [exporting('memory', 2, 0)] }), /_start/],
  ['a _start that is a memory', assemble({ exports: [exporting('_start', 2, 0)] }), /_start/],
  [
    'a _start with a parameter',
    assemble({ extra: { 1: [1, 0x60, 1, 0x7f, 0] }, exports: [exporting('_start', 0, 0), exporting('memory', 2, 0)] }),
    /_start/
  ],
  ['a library', assemble({ exports: [exporting('_initialize', 0, 0)] }), /library/],
  ['a function of the host', importing(['env', 'exec', 'i:i']), /"env" "exec"/],
  ['a function that WASI does not have', importing([WASI, 'fd_fork', ':i']), /"fd_fork"/],
  ['a name of Object.prototype', importing([WASI, 'constructor', ':']), /"constructor"/],
  ['the unstable WASI', importing(['wasi_unstable', 'fd_write', 'iiii:i']), /wasi_unstable/],
  ['a function with other parameters', importing([WASI, 'fd_write', 'iiIi:i']), /parameters/],
  ['a function with another result', importing([WASI, 'proc_exit', 'i:i']), /parameters/],
  ['an imported memory', assemble({ extra: { 2: [1, ...text('env'), ...text('memory'), 2, 0, 1] } }), /a memory/],
  ['an imported table', assemble({ extra: { 2: [1, ...text('env'), ...text('t'), 1, 0x70, 0, 1] } }), /a table/],
  ['two memories', assemble({ extra: { 5: [2, 0, 1, 0, 1] } }), /more than one/],
  ['a shared memory', assemble({ memory: [3, 1, 1] }), /shared/],
  ['a 64-bit memory', assemble({ memory: [4, 1] }), /64-bit/],
  ['pages of another size', assemble({ memory: [8, 1, 0] }), /page size/],
  ['types of garbage collection', assemble({ extra: { 1: [1, 0x5f, 0] } }), /garbage/],
  ['a parameter of an unknown type', assemble({ extra: { 1: [1, 0x60, 1, 0x63, 0] } }), /does not know/],
  [
    'a memory that is not exported',
    assemble({ imports: [[WASI, 'fd_close', 'i:i']], exports: [exporting('_start', 0, 1)] }),
    /export its memory/
  ]
]

describe('engines/wasm/module', () => {
  for (const [title, module, why] of REFUSED) {
    it(`error: ${title}`, () => {
      assert.throws(() => inspectModule(module), { name: 'BadModuleError', message: why })
    })
  }
  it('behavior: no beginning of a module is taken for one, nor breaks the reader', () => {
    const whole = assemble({ imports: [[WASI, 'fd_write', 'iiii:i']] })
    assert.deepEqual(inspectModule(whole), { memory: { initial: 1, maximum: undefined } })
    for (let length = 0; length < whole.byteLength; length++) {
      try {
        inspectModule(whole.subarray(0, length))
      } catch (error) {
        assert.equal((error as Error).name, 'BadModuleError', `${length} bytes`)
      }
    }
  })
  for (const name of FIXTURES) {
    it(`default: takes ${name}`, () => {
      const { memory } = inspectModule(readFileSync(fixture(name)))
      assert.ok(memory !== undefined && memory.initial > 0)
    })
  }
  it('default: takes every function of WASI', () => {
    const imports = Object.entries(WASI_SIGNATURES).map(([name, s]) => [WASI, name, s] as [string, string, string])
    assert.equal(imports.length, 46)
    inspectModule(importing(...imports))
  })

  const limitsOf = (module: Uint8Array) => inspectModule(module).memory
  for (const [memory, cap, expected] of [
    [[0, 1], 512, { initial: 1, maximum: 512 }],
    [[1, 1, 2], 512, { initial: 1, maximum: 2 }],
    [[1, 2, 0x80, 0x80, 4], 512, { initial: 2, maximum: 512 }],
    [[0, 0x80, 0x80, 4], 65_536, { initial: 65_536, maximum: 65_536 }]
  ] as const) {
    it(`capMemory: ${memory} at ${cap} pages`, () => {
      const capped = capMemory(assemble({ memory }), cap)
      assert.deepEqual(limitsOf(capped), expected)
      assert.deepEqual(capMemory(capped, cap), capped)
    })
  }
  it('capMemory: the rest stays as it is, and V8 takes it', () => {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } }
    for (const name of FIXTURES) {
      const module = readFileSync(fixture(name))
      const capped = capMemory(module, 1000)
      assert.ok(Math.abs(capped.byteLength - module.byteLength) < 8)
      assert.ok(WebAssembly.validate(capped))
    }
    const none = assemble({ extra: { 5: [0] }, exports: [exporting('_start', 0, 0)] })
    assert.equal(capMemory(none, 10), none)
  })
  it('pagesOf: whole pages, never more than 32 bits can address', () => {
    assert.deepEqual([pagesOf(65_535), pagesOf(131_072), pagesOf(2 ** 40)], [0, 2, 65_536])
  })
})
