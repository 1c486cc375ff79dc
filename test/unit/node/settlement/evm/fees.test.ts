import assert from 'node:assert/strict'
import { bump } from '../../../../../node/settlement/evm/fees.ts'

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
})
