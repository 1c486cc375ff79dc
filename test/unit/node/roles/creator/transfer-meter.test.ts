import assert from 'node:assert/strict'
import { type Transfer, transferMeter } from '../../../../../node/roles/creator/transfer-meter.ts'

describe('transfer meter', () => {
  it('default: a word a second, the first after a second, with what is here by then', () => {
    let now = 5_000
    const told: Transfer[] = []
    const meter = transferMeter(
      'job',
      () => now,
      transfer => told.push(transfer)
    )
    for (const [at, bytes] of [
      [5_000, 1],
      [5_999, 2],
      [6_000, 3],
      [6_500, 4],
      [7_001, 5]
    ] as const) {
      now = at
      meter(bytes)
    }
    assert.deepEqual(told, [
      { job: 'job', what: 'results', bytes: 3 },
      { job: 'job', what: 'results', bytes: 5 }
    ])
  })
})
