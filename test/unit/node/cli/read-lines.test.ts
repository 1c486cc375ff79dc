import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { readLines } from '../../../../node/cli/read-lines.ts'

const read = async (chunks: Iterable<Uint8Array | string>): Promise<unknown[]> => {
  const values: unknown[] = []
  for await (const value of readLines(Readable.from(chunks, { objectMode: false }))) values.push(value)
  return values
}

describe('cli/read-lines', () => {
  it('default: a value per line, wherever the pieces were cut', async () => {
    const text = Buffer.from('{"a":"grün 😀"}\n\n  [1, 2]\r\nnull\n"last"')
    for (const size of [1, 2, 3, 1000]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.subarray(i * size, (i + 1) * size)
      )
      assert.deepEqual(await read(pieces), [{ a: 'grün 😀' }, [1, 2], null, 'last'])
    }
    assert.deepEqual(await read([]), [])
  })
  it('error: names the line', async () => {
    await assert.rejects(read(['1\n\n', '{\n']), { name: 'InvalidInputError', message: /^stdin:3: / })
    await assert.rejects(read(['1\n2 3']), { name: 'InvalidInputError', message: /^stdin:2: / })
  })
  it('error: a line without end', async () => {
    const endless = function* () {
      for (;;) yield 'x'.repeat(2 ** 20)
    }
    await assert.rejects(read(endless()), { name: 'TooLargeError' })
  })
  it('error: a file that is not there', async () => {
    await assert.rejects(readLines('/nowhere/at/all').next(), { name: 'InvalidInputError' })
  })
})
