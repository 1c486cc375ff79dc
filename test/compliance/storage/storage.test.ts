import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cidOf } from '../../../protocols/common/cbor.ts'
import { Cleanup, type TestNode } from '../../support/hosts.ts'

const MIB = 1024 * 1024
const LIMITS = { maxBytes: 64 * MIB }

describe('storage between nodes', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  let a: TestNode
  let b: TestNode
  before(async () => {
    a = await cleanup.node()
    b = await cleanup.node({ stallMs: 300 })
  })
  after(() => cleanup.run())

  it('default: fetches a nested directory by CID and writes the same files', async () => {
    const dir = await cleanup.dir()
    const files: Record<string, Uint8Array> = {
      'plain.txt': Buffer.from('hello'),
      'with space ünï – 日本語 🚀.txt': Buffer.from('unicode'),
      ' leading and trailing ': Buffer.from('s'),
      'sub/deep/empty.bin': new Uint8Array(0),
      'sub/large.bin': crypto.getRandomValues(new Uint8Array(60_000)),
      'sub/^caret': Buffer.from('c')
    }
    await mkdir(join(dir, 'in/sub/deep'), { recursive: true })
    await mkdir(join(dir, 'in/emptydir'))
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(dir, 'in', name), bytes)
    const imported = await a.store.importPath(join(dir, 'in'))
    const seen: number[] = []
    const fetched = await b.store.fetch(imported.cid, {
      from: a.source,
      ...LIMITS,
      onProgress: n => seen.push(n)
    })
    assert.deepEqual(fetched, { sizeBytes: imported.sizeBytes, files: 6 })
    assert.ok(seen.length > 3)
    assert.deepEqual(await b.store.exportPath(imported.cid, join(dir, 'a/b/out')), fetched)
    for (const [name, bytes] of Object.entries(files)) {
      assert.deepEqual(new Uint8Array(await readFile(join(dir, 'a/b/out', name))), new Uint8Array(bytes))
    }
    assert.deepEqual((await readdir(join(dir, 'a/b/out'))).sort(), (await readdir(join(dir, 'in'))).sort())
    assert.deepEqual(await readdir(join(dir, 'a/b')), ['out'])
    const again = await b.store.importPath(join(dir, 'a/b/out'))
    assert.equal(again.cid.toString(), imported.cid.toString())
  })

  it('default: a file of several chunks, and a second fetch without the network', async () => {
    const bytes = Buffer.alloc(5 * MIB + 7)
    for (let i = 0; i < bytes.length; i += 4096) bytes.writeUInt32LE(i, i)
    const { cid } = await a.store.importBytes(bytes)
    const expected = { sizeBytes: bytes.byteLength, files: 1 }
    assert.deepEqual(await b.store.fetch(cid, { from: a.source, ...LIMITS }), expected)
    assert.deepEqual(await b.store.fetch(cid, { maxBytes: bytes.byteLength }), expected)
    const read = await b.store.readFile(cid, { maxBytes: bytes.byteLength })
    assert.ok(bytes.equals(read))
  })

  it('default: single blocks', async () => {
    const bytes = Buffer.from('a block')
    const cid = cidOf(bytes)
    await a.store.putBlock({ cid, bytes })
    assert.deepEqual(new Uint8Array(await b.store.getBlock(cid, { from: a.source, ...LIMITS })), new Uint8Array(bytes))
    await assert.rejects(b.store.getBlock(cid, { maxBytes: 3 }), { name: 'TooLargeError' })
    await assert.rejects(a.store.putBlock({ cid, bytes: Buffer.from('other') }), { name: 'UnsupportedContentError' })
  })

  it('error: a cap that is exceeded ends the fetch long before all has come', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(64 * 1024))
    const large = Buffer.concat(Array.from({ length: 512 }, (_, i) => Buffer.concat([Buffer.from([i, i >> 8]), bytes])))
    const { cid } = await a.store.importBytes(large)
    const before = (await b.store.usage()).usedBytes
    await assert.rejects(b.store.fetch(cid, { from: a.source, maxBytes: MIB }), { name: 'TooLargeError' })
    assert.ok((await b.store.usage()).usedBytes - before < 2 * MIB)
  })

  it('error: too many entries', async () => {
    const dir = await cleanup.dir()
    for (let i = 0; i < 20; i++) await writeFile(join(dir, `f${i}`), `${i}`)
    const { cid } = await a.store.importPath(dir)
    await assert.rejects(b.store.fetch(cid, { from: a.source, ...LIMITS, maxEntries: 10 }), { name: 'TooLargeError' })
    assert.equal((await b.store.fetch(cid, { from: a.source, ...LIMITS, maxEntries: 21 })).files, 20)
  })

  it('error: an absent CID, asked once, and again when the peer stays silent', async () => {
    const absent = cidOf(Buffer.from('nobody has this'))
    const options = { from: a.source, ...LIMITS }
    await assert.rejects(b.store.fetch(absent, options), { name: 'ContentUnavailableError' })
    await assert.rejects(b.store.fetch(absent, options), { name: 'ContentUnavailableError' })
    await assert.rejects(b.store.fetch(absent, LIMITS), { name: 'ContentUnavailableError' })
    const signal = AbortSignal.timeout(20)
    await assert.rejects(b.store.fetch(absent, { ...options, signal }), { name: 'ContentUnavailableError' })
    await assert.rejects(b.store.fetch(absent, { ...options, signal: AbortSignal.abort() }), { name: 'AbortError' })
  })

  it('error: a source that is not there, or is another peer', async () => {
    const absent = cidOf(Buffer.from('nobody has this either'))
    const stranger = '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
    for (const from of [
      { peer: stranger, addrs: ['/ip4/127.0.0.1/tcp/1'] },
      { peer: stranger, addrs: a.source.addrs },
      { peer: 'junk', addrs: [] }
    ]) {
      await assert.rejects(b.store.fetch(absent, { from, ...LIMITS }), { name: 'ContentUnavailableError' })
    }
  })

  it('behavior: content that comes up while it is waited for, from a peer that restarted', async () => {
    const c = await cleanup.node()
    const { cid } = await c.store.importBytes(Buffer.from('late'))
    await c.store.pin(cid, 'x')
    await b.store.fetch(cidOf(Buffer.from('none')), { from: c.source, ...LIMITS }).catch(() => undefined)
    await c.store.stop()
    await c.host.stop()
    await c.host.start()
    await c.store.start()
    const from = { peer: c.source.peer, addrs: c.host.dialableAddrs() }
    assert.deepEqual(await b.store.fetch(cid, { from, ...LIMITS }), { sizeBytes: 4, files: 1 })
  })

  /** overwrites the block's file */
  async function damage(node: TestNode, bytes: Uint8Array): Promise<void> {
    for await (const { key } of node.blocks.entries()) {
      const path = join(node.dir, 'blocks', key.slice(-7, -5), key)
      if ((await readFile(path)).equals(bytes)) await writeFile(path, Buffer.alloc(bytes.byteLength))
    }
  }

  it('behavior: a block damaged on disk is noticed, removed and fetched again', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(1000))
    const { cid } = await a.store.importBytes(bytes)
    await b.store.fetch(cid, { from: a.source, ...LIMITS })
    await damage(b, bytes)
    await assert.rejects(b.store.readFile(cid, LIMITS), { name: 'CorruptBlockError' })
    await assert.rejects(b.store.readFile(cid, LIMITS), { name: 'BlockMissingError' })
    await b.store.fetch(cid, { from: a.source, ...LIMITS })
    await damage(b, bytes)
    await b.store.fetch(cid, { from: a.source, ...LIMITS })
    assert.deepEqual(await b.store.readFile(cid, LIMITS), bytes)
  })

  it('behavior: a block damaged at the source is not served, the others are', async () => {
    const dir = await cleanup.dir()
    const parts = Array.from({ length: 8 }, () => crypto.getRandomValues(new Uint8Array(1000)))
    for (const [i, bytes] of parts.entries()) await writeFile(join(dir, `f${i}`), bytes)
    const { cid } = await a.store.importPath(dir)
    await damage(a, parts[3] ?? new Uint8Array(0))
    await assert.rejects(b.store.fetch(cid, { from: a.source, ...LIMITS }), { name: 'ContentUnavailableError' })
    await a.store.importPath(dir)
    assert.equal((await b.store.fetch(cid, { from: a.source, ...LIMITS })).files, 8)
  })
})
