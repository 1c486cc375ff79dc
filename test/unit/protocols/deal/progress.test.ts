import assert from 'node:assert/strict'
import { encode } from '../../../../protocols/common/cbor.ts'
import { decodeReply, encodeReply, type Reply } from '../../../../protocols/deal/messages.ts'
import { boundedProgress, PROGRESS_MAX_BYTES, PROGRESS_OF } from '../../../../protocols/deal/progress.ts'

const status = { type: 'status', step: 'preparing' } as const
const IMAGE = { what: 'image', doneBytes: 5, totalBytes: 9 } as const

describe('deal/progress', () => {
  it('default: goes with the status, and the status without it is what it was', () => {
    for (const what of PROGRESS_OF) {
      for (const progress of [
        { what, doneBytes: 0 },
        { what, doneBytes: 7, totalBytes: PROGRESS_MAX_BYTES }
      ]) {
        const reply: Reply = { ...status, progress }
        assert.deepEqual(decodeReply(encodeReply(reply)), reply)
      }
    }
    assert.deepEqual(decodeReply(encode(status)), status)
    assert.deepEqual(encodeReply(status), encode(status))
  })

  it('error: what a provider may send instead', () => {
    const hostile: unknown[] = [
      { ...IMAGE, what: 'results' },
      { ...IMAGE, what: '\u001b[2J' },
      { ...IMAGE, doneBytes: -1 },
      { ...IMAGE, doneBytes: 0.5 },
      { ...IMAGE, doneBytes: '5' },
      { ...IMAGE, doneBytes: 10 },
      { ...IMAGE, totalBytes: PROGRESS_MAX_BYTES + 1 },
      { ...IMAGE, totalBytes: 2n ** 60n },
      { ...IMAGE, text: 'x'.repeat(1000) },
      { what: 'image' },
      [],
      'image',
      null
    ]
    for (const progress of hostile) {
      assert.throws(() => decodeReply(encode({ ...status, progress })), { name: 'InvalidInputError' }, String(progress))
    }
  })

  it('behavior: whatever an engine counts fits into a message', () => {
    const cases: [doneBytes: number, totalBytes: number | undefined, fits: object][] = [
      [5, 9, { doneBytes: 5, totalBytes: 9 }],
      [5, undefined, { doneBytes: 5 }],
      [9, 5, { doneBytes: 9 }],
      [1.5, 2.5, { doneBytes: 1, totalBytes: 2 }],
      [-1, 3, { doneBytes: 0, totalBytes: 3 }],
      [Number.NaN, Number.NaN, { doneBytes: 0, totalBytes: 0 }],
      [2 ** 50, 2 ** 60, { doneBytes: PROGRESS_MAX_BYTES, totalBytes: PROGRESS_MAX_BYTES }]
    ]
    for (const [doneBytes, totalBytes, fits] of cases) {
      const progress = boundedProgress({
        what: 'image',
        doneBytes,
        ...(totalBytes === undefined ? {} : { totalBytes })
      })
      assert.deepEqual(progress, { what: 'image', ...fits })
      encodeReply({ ...status, progress })
    }
  })
})
