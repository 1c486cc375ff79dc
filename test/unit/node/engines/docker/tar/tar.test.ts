import assert from 'node:assert/strict'
import { BLOCK, encodeHeader, type NewEntry } from '../../../../../../node/engines/docker/tar/header.ts'
import { readTar } from '../../../../../../node/engines/docker/tar/read.ts'
import { packTar, writeTar } from '../../../../../../node/engines/docker/tar/write.ts'

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}
async function entriesOf(bytes: Uint8Array, size = 1000): Promise<[string, string, string][]> {
  const found: [string, string, string][] = []
  for await (const { name, type, body } of readTar(pieces(bytes, size))) {
    const parts: Uint8Array[] = []
    for await (const part of body) parts.push(part)
    found.push([name, type, Buffer.concat(parts).toString()])
  }
  return found
}
const raw = (entries: [Omit<NewEntry, 'type'> & { type?: string }, string][]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(([entry, body]) => {
      const header = encodeHeader({ sizeBytes: body.length, ...entry } as NewEntry)
      return [header, Buffer.from(body), Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]
    }),
    Buffer.alloc(2 * BLOCK)
  ])
const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`
  const length = rest.length + String(rest.length + 2).length
  return `${length}${rest}`
}

describe('engines/docker/tar', () => {
  it('default: reads what it wrote, in pieces of any size', async () => {
    const entries = [
      { name: 'd', type: '5' as const },
      { name: 'd/a', bytes: Buffer.from('abc') },
      { name: 'e' },
      { name: 'big', bytes: Buffer.alloc(1025, 'x') }
    ]
    const expected = [
      ['d', '5', ''],
      ['d/a', '0', 'abc'],
      ['e', '0', ''],
      ['big', '0', 'x'.repeat(1025)]
    ]
    const packed = packTar(entries)
    for (const size of [1, 511, 512, 10_000]) assert.deepEqual(await entriesOf(packed, size), expected)
    const streamed: Uint8Array[] = []
    for await (const part of writeTar(entries)) streamed.push(part)
    assert.deepEqual(Buffer.concat(streamed), packed)
  })
  it('default: long names and sizes of extended headers', async () => {
    const name = 'n'.repeat(150)
    const bytes = raw([
      [{ name: 'x', type: 'x' }, record('path', name) + record('mtime', '1.5')],
      [{ name: 'short' }, 'abc'],
      [{ name: 'L', type: 'L' }, `${name}\0`],
      [{ name: 'short' }, 'def']
    ])
    assert.deepEqual(await entriesOf(bytes), [
      [name, '0', 'abc'],
      [name, '0', 'def']
    ])
  })
  it('default: sizes that do not fit octal digits', () => {
    const header = encodeHeader({ name: 'a', sizeBytes: 9 * 2 ** 30 })
    assert.equal(header[124], 0x80)
  })
  it('default: an end without its empty blocks', async () => {
    const good = packTar([{ name: 'a', bytes: Buffer.from('abc') }])
    for (const cut of [BLOCK, 2 * BLOCK]) assert.deepEqual(await entriesOf(good.subarray(0, -cut)), [['a', '0', 'abc']])
    assert.deepEqual(await entriesOf(Buffer.alloc(0)), [])
  })
  it('error: what is no archive, or ends too soon', async () => {
    const good = packTar([{ name: 'a', bytes: Buffer.from('abc') }])
    const flipped = Buffer.from(good)
    flipped[0] = 0x62
    const bad = [
      Buffer.from('no'),
      Buffer.alloc(BLOCK, 'x'),
      good.subarray(0, 600),
      good.subarray(0, -BLOCK - 1),
      flipped
    ]
    for (const [i, bytes] of bad.entries())
      await assert.rejects(entriesOf(bytes), { name: 'BadArchiveError' }, String(i))
  })
  it('error: what two readers could take for different archives, and sparse files', async () => {
    const cases: [Omit<NewEntry, 'type'> & { type?: string }, string][][] = [
      [[{ name: 's', type: 'S' }, '']],
      [
        [{ name: 'x', type: 'x' }, record('GNU.sparse.major', '1')],
        [{ name: 'f' }, '']
      ],
      [
        [{ name: 'x', type: 'x' }, record('size', '-1')],
        [{ name: 'f' }, '']
      ],
      [
        [{ name: 'x', type: 'x' }, record('path', 'a')],
        [{ name: 'x', type: 'x' }, record('path', 'b')],
        [{ name: 'f' }, '']
      ],
      [
        [{ name: 'x', type: 'x' }, '5 a=b\n'],
        [{ name: 'f' }, '']
      ],
      [[{ name: 'd', type: '5' }, 'content of a directory']],
      [
        [{ name: 'g', type: 'g' }, record('path', 'a')],
        [{ name: 'f' }, '']
      ],
      // a directory to some, its content the next header
      [[{ name: 'd/' }, 'content']],
      [[{ name: '' }, 'content']],
      [
        [{ name: 'x', type: 'x' }, '7 path=\n'],
        [{ name: 'd/' }, 'content']
      ],
      [
        [{ name: 'L', type: 'L' }, 'd/\0'],
        [{ name: 'x', type: 'x' }, record('path', 'f')],
        [{ name: 'f' }, 'content']
      ]
    ]
    for (const entries of cases)
      await assert.rejects(entriesOf(raw(entries)), { name: 'BadArchiveError' }, JSON.stringify(entries))
    const hole = Buffer.concat([
      raw([[{ name: 'a' }, 'abc']]).subarray(0, 2 * BLOCK),
      Buffer.alloc(BLOCK),
      raw([[{ name: 'b' }, '']])
    ])
    await assert.rejects(entriesOf(hole), { name: 'BadArchiveError' })
  })
})
