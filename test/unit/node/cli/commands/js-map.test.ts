import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PassThrough } from 'node:stream'
import { dcn } from '../../../../../node/cli/program.ts'
import { SandboxHost } from '../../../../../node/engines/sandbox/host.ts'
import { type MemoryIo, memoryIo } from '../memory-io.ts'

describe('cli/commands/js-map', () => {
  let dir: string
  before(async function () {
    if ('reason' in (await new SandboxHost().probe())) this.skip()
  })
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-js-map-'))
    writeFileSync(join(dir, 'two.mjs'), 'export const two = 2')
    writeFileSync(
      join(dir, 'times.mjs'),
      'import { two } from "./two.mjs"; export default x => { if (x === 13) throw new Error("unlucky"); return { x: x * two } }'
    )
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  async function map(slices: string, args: string[] = [], file = 'times.mjs'): Promise<{ code: number; io: MemoryIo }> {
    const io = memoryIo({ cwd: dir })
    ;(io.stdin as unknown as PassThrough).end(slices)
    const code = await dcn(['js', 'map', file, '--slices', '-', '--jobs', '1', ...args], io)
    return { code, io }
  }

  it('default: results in order on stdout, from a file or stdin', async () => {
    const { code, io } = await map('1\n2\n\n 3')
    assert.deepEqual([code, io.out(), io.err()], [0, '{"x":2}\n{"x":4}\n{"x":6}\n', ''])
    writeFileSync(join(dir, 'values'), '5\n')
    const other = memoryIo({ cwd: dir })
    assert.equal(await dcn(['js', 'map', 'times.mjs', '--slices', 'values', '--jobs', '1'], other), 0)
    assert.equal(other.out(), '{"x":10}\n')
  })
  it('behavior: a value that fails keeps its line, is named on stderr, and the exit code is 1', async () => {
    const { code, io } = await map('1\n13\n2\n')
    assert.deepEqual([code, io.out()], [1, '{"x":2}\nnull\n{"x":4}\n'])
    assert.equal(io.err(), 'value 2: threw: Error: unlucky\n1 failed\n')
  })
  it('behavior: --json says which it is', async () => {
    const { code, io } = await map('1\n13\n', ['--json'])
    const [first, second] = io.lines()
    assert.deepEqual([code, first, second?.['index']], [1, { index: 0, value: { x: 2 } }, 1])
    assert.match(JSON.stringify(second?.['error']), /"reason":"threw"/)
    assert.equal(io.err(), '')
  })
  it('error: usage: a line that is no JSON, a missing file, a bad module, a bad number', async () => {
    for (const [slices, args, file] of [
      ['1\n{\n', [], 'times.mjs'],
      ['1', ['--slices', 'nowhere'], 'times.mjs'],
      ['1', [], 'two.mjs'],
      ['1', ['--jobs', 'many'], 'times.mjs'],
      ['1', ['--attempts', '0'], 'times.mjs'],
      ['1', ['--timeout', '5'], 'times.mjs']
    ] as const) {
      const { code, io } = await map(slices, [...args], file)
      assert.equal(code, 2, io.err())
    }
  })
  it('behavior: Ctrl-C ends it', async () => {
    writeFileSync(join(dir, 'spin.mjs'), 'export default x => { console.log("here"); for (;;); }')
    const io = memoryIo({ cwd: dir })
    ;(io.stdin as unknown as PassThrough).write('1\n')
    const ended = dcn(['js', 'map', 'spin.mjs', '--slices', '-', '--jobs', '1'], io)
    const write = io.stderr.write.bind(io.stderr)
    io.stderr.write = (text: string) => {
      io.interrupt()
      return write(text)
    }
    assert.equal(await ended, 130)
  })
})
