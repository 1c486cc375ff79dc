import assert from 'node:assert/strict'
import { AccountWeights } from '../../../../node/network/account-weights.ts'
import { accountOf } from '../../../support/market/make.ts'

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const MINUTE = 60_000

describe('AccountWeights', () => {
  const [a, b, c] = [accountOf(1), accountOf(2), accountOf(3)]
  let inBook: (typeof a)[]
  let asked: string[]
  let nowMs: number
  let down: boolean
  let free: bigint
  let weights: AccountWeights

  beforeEach(() => {
    ;[inBook, asked, nowMs, down, free] = [[a, b], [], 0, false, 7n]
    weights = new AccountWeights({
      book: { accounts: () => inBook },
      clock: { nowMs: () => nowMs },
      log,
      async freeOf(account) {
        asked.push(account)
        if (down) throw new Error('chain node down')
        return free
      }
    })
  })

  async function look(times: number): Promise<string[]> {
    const before = asked.length
    for (let i = 0; i < times; i++) await weights.look()
    return asked.slice(before)
  }

  it('default: one look-up at a time, those longest in the book first; who is not known weighs nothing', async () => {
    assert.equal(weights.weightOf(a), 0n)
    assert.deepEqual(await look(1), [a])
    assert.deepEqual([weights.weightOf(a), weights.weightOf(b)], [7n, 0n])
    assert.deepEqual(await look(5), [b])
  })

  it('behavior: asked again after ten minutes, and who left the book is forgotten', async () => {
    await look(2)
    nowMs += 10 * MINUTE
    free = 9n
    inBook = [b, c]
    assert.deepEqual(await look(5), [c, b])
    assert.deepEqual([a, b, c].map(weights.weightOf), [0n, 9n, 9n])
  })

  it('behavior: a chain node that does not answer is left alone, and what was known stays', async () => {
    await look(1)
    down = true
    assert.deepEqual(await look(9), [b])
    ;[down, nowMs] = [false, MINUTE]
    assert.deepEqual(await look(9), [b])
    assert.deepEqual([a, b].map(weights.weightOf), [7n, 7n])
  })

  it('behavior: starts and stops again', async () => {
    for (let i = 0; i < 2; i++) {
      weights.start()
      weights.start()
      await weights.stop()
      await weights.stop()
    }
  })
})
