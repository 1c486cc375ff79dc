import assert from 'node:assert/strict'
import type { ChainClient } from '../../../../../node/settlement/evm/client.ts'
import { bump, currentFees, isWorthRaising } from '../../../../../node/settlement/evm/fees.ts'

describe('fees', () => {
  const old = { maxFeePerGas: 100n, maxPriorityFeePerGas: 1n }

  it('default: a replacement offers enough more on both fees', () => {
    assert.deepEqual(bump(old, { maxFeePerGas: 50n, maxPriorityFeePerGas: 1n }), {
      maxFeePerGas: 126n,
      maxPriorityFeePerGas: 2n
    })
  })

  it('behavior: follows the market when that is higher', () => {
    const market = { maxFeePerGas: 900n, maxPriorityFeePerGas: 7n }
    assert.deepEqual(bump(old, market), market)
  })

  it('behavior: zero fees rise, too', () => {
    const zero = { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }
    assert.deepEqual(bump(zero, zero), { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n })
  })

  it('default: raised until it is far above the market, and again when the market follows', () => {
    const market = { maxFeePerGas: 100n, maxPriorityFeePerGas: 1n }
    assert.equal(isWorthRaising(old, market), true)
    assert.equal(isWorthRaising({ ...old, maxFeePerGas: 800n }, market), false)
    assert.equal(isWorthRaising({ ...old, maxFeePerGas: 800n }, { ...market, maxFeePerGas: 101n }), true)
  })

  it('behavior: room for the base fee to double, and no tip on the word of one endpoint that is out of all proportion', async () => {
    const advising = (tip: bigint) =>
      ({
        getBlock: async () => ({ baseFeePerGas: 5n }),
        estimateMaxPriorityFeePerGas: async () => tip
      }) as unknown as ChainClient
    assert.deepEqual(await currentFees(advising(3n)), { maxFeePerGas: 13n, maxPriorityFeePerGas: 3n })
    const { maxPriorityFeePerGas } = await currentFees(advising(10n ** 18n))
    assert.equal(maxPriorityFeePerGas, 100n * 10n ** 9n)
  })
})
