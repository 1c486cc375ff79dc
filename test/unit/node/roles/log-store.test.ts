import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LogStore } from '../../../../node/roles/log-store.ts'
import { LOG_LIMITS, logStart } from '../../../../protocols/logs/chain.ts'
import { word } from '../../../support/deal/builders.ts'

const DEAL = word(1)
const text = (s: string) => new TextEncoder().encode(s)
const read = (store: LogStore, stream: 'stdout' | 'stderr') => new TextDecoder().decode(store.bytes(stream))

describe('roles/log-store', () => {
  let dir: string
  let path: string
  const opened: LogStore[] = []
  const open = (at = path) => {
    const store = new LogStore(at, DEAL)
    opened.push(store)
    return store
  }
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dcn-log-'))
    path = join(dir, 'log')
  })
  afterEach(() => {
    for (const store of opened.splice(0)) store.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it('default: small writes are joined until somebody reads or the stream changes', () => {
    const store = open()
    for (let i = 0; i < 1_000; i++) store.append('stdout', text('x'))
    assert.equal(store.read(0).length, 1)
    store.append('stdout', text('a'))
    store.append('stderr', text('b'))
    store.append('stdout', text('c'))
    assert.deepEqual(
      store.read(1).map(c => [c.seq, c.stream, new TextDecoder().decode(c.bytes)]),
      [
        [1, 'stdout', 'a'],
        [2, 'stderr', 'b'],
        [3, 'stdout', 'c']
      ]
    )
    assert.deepEqual([read(store, 'stdout').length, read(store, 'stderr')], [1_002, 'b'])
  })

  it("behavior: the caller's buffer may change afterwards", () => {
    const store = open()
    const buffer = text('before')
    store.append('stdout', buffer)
    buffer.fill(0)
    assert.equal(read(store, 'stdout'), 'before')
  })

  it('behavior: the cap is exact for each stream, whatever the pieces', () => {
    const store = open()
    const piece = new Uint8Array(LOG_LIMITS.streamBytes / 2 + 100).fill(1)
    assert.equal(store.append('stdout', piece), true)
    assert.equal(store.append('stdout', piece), false)
    assert.equal(store.append('stdout', text('more')), false)
    assert.equal(store.append('stderr', text('other')), true)
    assert.equal(store.bytes('stdout').byteLength, LOG_LIMITS.streamBytes)
    assert.match(read(store, 'stderr'), /^\n\[stdout goes on; what is past 8388608 bytes is not kept\]\nother$/)
    const again = open()
    assert.equal(again.append('stdout', text('more')), false)
  })

  it('behavior: a flood of stderr is cut with room for the line that says so, and a copy takes it whole', () => {
    const store = open()
    assert.equal(store.append('stderr', new Uint8Array(LOG_LIMITS.streamBytes)), false)
    const kept = store.bytes('stderr')
    assert.ok(kept.byteLength <= LOG_LIMITS.streamBytes)
    assert.match(read(store, 'stderr'), /\[stderr goes on; .*\]\n$/)
    const copy = open(`${path}-copy`)
    for (let seq = 0; seq < store.count; )
      for (const chunk of store.read(seq)) copy.appendChunk({ ...chunk, seq: seq++ })
    assert.deepEqual(copy.bytes('stderr'), kept)
  })

  it('behavior: replies have a limit in bytes and chunks, and continue where they stopped', () => {
    const store = open()
    for (let i = 0; i < 2_000; i++) store.append(i % 2 === 0 ? 'stdout' : 'stderr', text(`${i}`))
    assert.equal(store.read(0).length, LOG_LIMITS.replyChunks)
    assert.equal(store.read(LOG_LIMITS.replyChunks).length, 2_000 - LOG_LIMITS.replyChunks)
    store.append('stdout', new Uint8Array(LOG_LIMITS.replyBytes * 2))
    const big = store.read(2_000)
    assert.ok(big.every(c => c.bytes.byteLength <= LOG_LIMITS.chunkBytes))
    assert.equal(big.length, LOG_LIMITS.replyBytes / LOG_LIMITS.chunkBytes)
    assert.deepEqual(store.read(99_999), [])
  })

  it('behavior: both sides end with one chain root, over any breaks', () => {
    const [provider, creator] = [open(), open(join(dir, 'copy'))]
    assert.deepEqual(provider.root, logStart(DEAL))
    for (let i = 0; i < 50; i++) {
      provider.append(i % 3 === 0 ? 'stderr' : 'stdout', text(`line ${i}\n`))
      if (i % 7 !== 0) continue
      const chunks = provider.read(creator.count)
      for (const chunk of [...chunks, ...chunks]) creator.appendChunk(chunk)
    }
    provider.end()
    for (const chunk of provider.read(creator.count)) creator.appendChunk(chunk)
    assert.deepEqual(creator.root, provider.root)
    assert.equal(read(creator, 'stdout'), read(provider, 'stdout'))
    const other = new LogStore(join(dir, 'other'), word(2))
    opened.push(other)
    for (const chunk of provider.read(0)) other.appendChunk(chunk)
    assert.notDeepEqual(other.root, provider.root)
  })

  it('error: a copy takes no more than the cap, and no gap', () => {
    const store = open()
    store.appendChunk({ seq: 5, stream: 'stdout', bytes: text('gap') })
    assert.equal(store.count, 0)
    const bytes = new Uint8Array(LOG_LIMITS.chunkBytes)
    const chunks = LOG_LIMITS.streamBytes / LOG_LIMITS.chunkBytes
    for (let seq = 0; seq < chunks; seq++) store.appendChunk({ seq, stream: 'stdout', bytes })
    assert.throws(() => store.appendChunk({ seq: chunks, stream: 'stdout', bytes: text('x') }), {
      name: 'TooLargeError'
    })
  })

  it('behavior: a record that a crash cut off is left out, wherever it was cut', () => {
    const store = open()
    store.append('stdout', text('first'))
    store.read(0)
    const { root } = store
    const whole = statSync(path).size
    store.append('stderr', text('second'))
    store.close()
    const full = readFileSync(path)
    for (let size = whole; size < full.byteLength; size++) {
      truncateSync(path, 0)
      appendFileSync(path, full.subarray(0, size))
      const again = open()
      assert.deepEqual([again.count, again.ended, read(again, 'stderr')], [1, false, ''])
      assert.deepEqual(again.root, root)
      again.append('stderr', text('anew'))
      assert.equal(again.read(1).length, 1)
      again.close()
      assert.equal(read(open(), 'stderr'), 'anew')
    }
  })

  it('behavior: zeros that a power cut left are no end, and neither is garbage', () => {
    for (const [i, tail] of [
      new Uint8Array(100),
      Uint8Array.of(9, 0, 0, 0, 1, 5),
      Uint8Array.of(1, 255, 0, 0, 0)
    ].entries()) {
      const at = join(dir, `tail${i}`)
      const store = open(at)
      store.append('stdout', text('kept'))
      store.close()
      appendFileSync(at, tail)
      const again = open(at)
      assert.deepEqual([again.ended, again.count, read(again, 'stdout')], [false, 1, 'kept'])
    }
  })

  it('behavior: an ended log stays ended and takes nothing more', () => {
    const store = open()
    store.append('stdout', text('a'))
    store.end()
    store.end()
    assert.equal(store.append('stdout', text('b')), false)
    store.appendChunk({ seq: 1, stream: 'stdout', bytes: text('b') })
    store.close()
    const again = open()
    assert.deepEqual([again.ended, again.count, read(again, 'stdout')], [true, 1, 'a'])
  })

  it('behavior: a reader waits for output, the end, the time, its signal or the closing', async () => {
    const store = open()
    const chunk = store.wait(0, 60_000)
    store.append('stdout', text('x'))
    await chunk
    await store.wait(0, 60_000)
    await store.wait(1, 1)
    const controller = new AbortController()
    const aborted = store.wait(1, 60_000, { signal: controller.signal })
    controller.abort()
    await aborted
    await store.wait(1, 60_000, { signal: controller.signal })
    const end = store.wait(7, 60_000)
    store.end()
    await end
    const other = open(join(dir, 'other'))
    const closing = other.wait(0, 60_000)
    other.close()
    await closing
  })

  it('behavior: a closed log touches no file: its number may be another file by then', () => {
    const store = open()
    store.append('stdout', text('unread'))
    store.close()
    store.close()
    assert.equal(store.append('stdout', text('late')), false)
    store.appendChunk({ seq: 1, stream: 'stdout', bytes: text('late') })
    store.end()
    assert.deepEqual([store.read(0), store.bytes('stdout').byteLength, store.closed], [[], 0, true])
    assert.equal(read(open(), 'stdout'), 'unread')
  })
})
