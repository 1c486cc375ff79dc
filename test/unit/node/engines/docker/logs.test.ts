import assert from 'node:assert/strict'
import { counted, LogDemuxer } from '../../../../../node/engines/docker/logs.ts'

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

describe('engines/docker/logs', () => {
  const all = Buffer.concat([frame(1, 'out'), frame(2, 'err'), frame(1, ''), frame(1, 'more')])

  for (const size of [1, 3, 8, 11, 100]) {
    it(`behavior: pieces of ${size} bytes`, () => {
      const seen: string[] = []
      const demuxer = new LogDemuxer((stream, chunk) =>
        seen.push(...[...Buffer.from(chunk).toString()].map(c => stream + c))
      )
      for (let at = 0; at < all.byteLength; at += size) demuxer.push(all.subarray(at, at + size))
      const expected = [...'out'].map(c => `stdout${c}`).concat([...'err'].map(c => `stderr${c}`))
      assert.deepEqual(seen, [...expected, ...[...'more'].map(c => `stdout${c}`)])
    })
  }
  it('behavior: a frame that claims 4 GiB is passed on as it comes', () => {
    let bytes = 0
    const demuxer = new LogDemuxer((_, chunk) => {
      bytes += chunk.byteLength
    })
    demuxer.push(Buffer.from([1, 0, 0, 0, 255, 255, 255, 255]))
    demuxer.push(Buffer.alloc(1000))
    assert.equal(bytes, 1000)
  })
})

describe('engines/docker/logs: told twice', () => {
  it('behavior: the second telling goes on where the first one ended', () => {
    const got = { stdout: '', stderr: '' }
    const { first, again } = counted((stream, chunk) => {
      got[stream] += Buffer.from(chunk).toString()
    })
    first('stdout', Buffer.from('ab'))
    first('stderr', Buffer.from('x'))
    for (const piece of ['a', 'bc', 'd']) again('stdout', Buffer.from(piece))
    again('stderr', Buffer.from('x'))
    assert.deepEqual(got, { stdout: 'abcd', stderr: 'x' })
  })
})
