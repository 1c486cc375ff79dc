import assert from 'node:assert/strict'
import { BACK_BLOCKS, checkHead, type Head, lagOf } from '../../../../../../node/settlement/evm/rpc/head.ts'

const NOW_MS = 1_800_000_000_000
const head = (number: bigint, timestampSec = NOW_MS / 1000, seenAtMs = NOW_MS): Head => ({
  number,
  timestampSec,
  seenAtMs
})
const live = { dev: false }

describe('evm rpc: heads', () => {
  it('default: goes on, stands still, or back as far as a reorg may', () => {
    for (const next of [head(1_001n), head(1_000n), head(1_000n - BACK_BLOCKS)]) checkHead(next, head(1_000n), live)
    checkHead(head(1_000n), undefined, live)
  })

  it('error: far backwards', () => {
    const next = head(1_000n - BACK_BLOCKS - 1n)
    assert.throws(() => checkHead(next, head(1_000n), live), { kind: 'lie' })
  })

  it('error: far ahead at once; after a pause of days it is no lie', () => {
    assert.throws(() => checkHead(head(200_000n), head(1n), live), { kind: 'lie' })
    const day = 86_400
    checkHead(head(200_000n, NOW_MS / 1000 + day, NOW_MS + day * 1000), head(1n), live)
  })

  it('error: a block of tomorrow, but on a development chain', () => {
    const tomorrow = head(2n, NOW_MS / 1000 + 86_400)
    assert.throws(() => checkHead(tomorrow, head(1n), live), { kind: 'lie' })
    checkHead(tomorrow, head(1n), { dev: true })
  })

  it('default: lags only who is behind in blocks and in time', () => {
    const best = head(1_000n)
    const [few, young, far] = [head(990n, best.seenAtMs / 1000 - 600), head(900n), head(900n, NOW_MS / 1000 - 600)]
    assert.equal(lagOf(best, [best, far]), undefined)
    assert.equal(lagOf(few, [best, few]), undefined)
    assert.equal(lagOf(young, [best, young]), undefined)
    assert.equal(lagOf(far, [best, far])?.kind, 'lagging')
  })
})
