import assert from 'node:assert/strict'
import {
  encodeFrame,
  FrameReader,
  MAX_BODY_BYTES,
  MAX_HEADER_BYTES
} from '../../../../../node/engines/sandbox/frames.ts'

describe('engines/sandbox/frames', () => {
  const frames = [
    encodeFrame({ a: 'ü' }, Buffer.from('body')),
    encodeFrame({ b: 1 }),
    encodeFrame({ c: [] }, Buffer.alloc(70_000, 7))
  ]
  const all = Buffer.concat(frames)

  for (const size of [1, 7, 8, 9, 4096, all.byteLength]) {
    it(`behavior: pieces of ${size} bytes give the same frames`, () => {
      const reader = new FrameReader()
      const out = []
      for (let at = 0; at < all.byteLength; at += size) out.push(...reader.push(all.subarray(at, at + size)))
      assert.deepEqual(
        out.map(f => [f.header, f.body.byteLength]),
        [
          [{ a: 'ü' }, 4],
          [{ b: 1 }, 0],
          [{ c: [] }, 70_000]
        ]
      )
    })
  }
  it('error: sizes over the limits are refused before anything is held', () => {
    for (const [head, body] of [
      [MAX_HEADER_BYTES + 1, 0],
      [2, MAX_BODY_BYTES + 1],
      [0xffffffff, 0xffffffff]
    ] as const) {
      const prefix = Buffer.alloc(8)
      prefix.writeUInt32BE(head, 0)
      prefix.writeUInt32BE(body, 4)
      assert.throws(() => [...new FrameReader().push(prefix)], { name: 'FrameError' })
    }
    assert.throws(() => encodeFrame({}, Buffer.alloc(MAX_BODY_BYTES + 1)), { name: 'FrameError' })
  })
  it('error: a header that is not JSON', () => {
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), Buffer.from('{')])
    assert.throws(() => [...new FrameReader().push(bytes)], { name: 'FrameError' })
  })
})
