import assert from 'node:assert/strict'
import type { TransferEvent } from '../../../../node/cli/follow.ts'
import { transferText } from '../../../../node/cli/transfer-text.ts'

const MIB = 2 ** 20
type Step = [at: number, bytes: number, totalBytes?: number]
const told = (what: TransferEvent['what'], steps: readonly Step[], isLive = true): string[] => {
  const textOf = transferText({ isLive })
  return steps.map(([at, bytes, totalBytes]) =>
    textOf({ what, at, bytes, ...(totalBytes === undefined ? {} : { totalBytes }) }, '0xabc')
  )
}

describe('cli: how a transfer is going', () => {
  it('default: each thing in its words, with the rate from the second word on', () => {
    const steps: Step[] = [
      [0, 0, 4 * MIB],
      [1_000, MIB, 4 * MIB]
    ]
    assert.deepEqual(told('image', steps), [
      'image     0 B of 4.0 MiB, fetched by 0xabc',
      'image     1.0 MiB of 4.0 MiB, 1.0 MiB/s, fetched by 0xabc'
    ])
    assert.equal(told('inputs', steps)[0], 'inputs    0 B of 4.0 MiB, sent to 0xabc')
    assert.equal(told('prepare', steps)[0], 'unpacking 0 B of 4.0 MiB, at 0xabc')
    assert.equal(told('results', [[0, MIB]])[0], 'received  1.0 MiB')
  })

  it('behavior: the time left by the average, after some seconds, where the whole is known and on a terminal', () => {
    const steps: Step[] = [
      [0, 0, 100 * MIB],
      [2_000, 10 * MIB, 100 * MIB],
      [4_000, 10 * MIB, 100 * MIB],
      [5_000, 20 * MIB, 100 * MIB],
      [6_000, 100 * MIB, 100 * MIB]
    ]
    const left = (texts: string[]) => texts.map(text => /, (\d+ \w+) left, fetched by 0xabc$/.exec(text)?.[1])
    assert.deepEqual(left(told('image', steps)), [undefined, undefined, '36 s', '20 s', undefined])
    assert.deepEqual(new Set(left(told('image', steps, false))), new Set([undefined]))
    assert.deepEqual(
      left(
        told('results', [
          [0, 0],
          [9_000, MIB]
        ])
      ),
      [undefined, undefined]
    )
  })

  it('behavior: numbers that make no sense make no nonsense of the line', () => {
    const texts = told('image', [
      [0, 5, 3],
      [0, 6, 3],
      [10_000, 7, 2 ** 44],
      [9_000, 8, 2 ** 44],
      [20_000, 1, 2 ** 44],
      [30_000, 2 ** 44, 2 ** 44]
    ])
    for (const text of texts)
      assert.match(text, /^image {5}[\d.]+ \w+( of [\d.]+ \w+)?(, [\d.]+ \w+\/s)?, fetched by 0xabc$/)
  })

  it('behavior: an estimate begins anew with every thing', () => {
    const textOf = transferText({ isLive: true })
    const at = (what: TransferEvent['what'], ms: number, bytes: number) =>
      textOf({ what, at: ms, bytes, totalBytes: 120 * MIB }, '0xabc')
    at('image', 0, 0)
    assert.match(at('image', 60_000, 10 * MIB), /, 11 min left, /)
    assert.doesNotMatch(at('prepare', 61_000, 0), /left/)
    assert.match(at('prepare', 65_000, 60 * MIB), /, 4 s left, /)
  })
})
