import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { toBlock } from '../../../protocols/common/cbor.ts'
import { Cleanup } from '../../support/hosts.ts'

const LIMITS = { maxBytes: 64 * 1024 * 1024 }
const random = (size: number) => crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)))

describe('storage: pins, garbage, quota, settings', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  it('settings: the CID does not depend on who imports, version 1', async () => {
    const { store } = await cleanup.node()
    const dir = await cleanup.dir()
    const cidOf = async (path: string) => (await store.importPath(path)).cid.toString()
    await writeFile(join(dir, 'hello.txt'), 'hello\n')
    await writeFile(join(dir, 'empty'), '')
    await writeFile(join(dir, 'two-chunks'), Buffer.alloc(1024 * 1024 + 1, 'a'))
    await mkdir(join(dir, 'many/deep/empty'), { recursive: true })
    // long names, so that fewer files pass the 256 KiB at which a directory is sharded
    const name = (i: number) => `${i}`.padStart(200, '-')
    await Promise.all(Array.from({ length: 1200 }, (_, i) => writeFile(join(dir, 'many', name(i)), '')))
    const found = {
      file: await cidOf(join(dir, 'hello.txt')),
      empty: await cidOf(join(dir, 'empty')),
      chunks: await cidOf(join(dir, 'two-chunks')),
      emptyDir: await cidOf(join(dir, 'many/deep/empty')),
      smallDir: await cidOf(join(dir, 'many/deep')),
      sharded: await cidOf(join(dir, 'many')),
      all: await cidOf(dir),
      bytes: (await store.importBytes(Buffer.from('hello\n'))).cid.toString()
    }
    assert.deepEqual(found, {
      file: 'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am',
      empty: 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
      chunks: 'bafybeia3bxowsqxj53v3al3crfrn5awmh3hvanwtrlmfaqbkqtvixxusfa',
      emptyDir: 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354',
      smallDir: 'bafybeifz3painnrqwe4qxaqkcdojyv5dpmutmokdh6ooajeb54kdpqlqee',
      sharded: 'bafybeieaayo5p7sxeyci7cjzxidw7xiq3mrr55bka4pzjwhmkmcfv56v34',
      all: 'bafybeif2fjdwknfo4gcyef2h4n53jf7far2zqd5gzke65im3akbivjfety',
      bytes: 'bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am'
    })
    // a sharded directory on disk is a directory like any other
    const copy = join(await cleanup.dir(), 'copy')
    const cid = CID.parse(found.all)
    assert.equal((await store.exportPath(cid, copy)).files, 1203)
    assert.equal(await cidOf(copy), found.all)
  })

  it('pins: survive a restart, the peer id too', async () => {
    const node = await cleanup.node({ graceMs: 0 })
    const kept = await node.store.importBytes(random(1000))
    const lost = await node.store.importBytes(random(1000))
    await node.store.pin(kept.cid, 'deal-1')
    await node.store.pin(kept.cid, 'deal-1')
    await node.store.stop()
    await node.host.stop()
    await node.host.start()
    await node.store.start()
    assert.equal(node.host.libp2p.peerId.toString(), node.source.peer)
    assert.deepEqual(await node.store.collectGarbage(), { removedBlocks: 1, freedBytes: 1000 })
    assert.equal((await node.store.readFile(kept.cid, LIMITS)).byteLength, 1000)
    await assert.rejects(node.store.readFile(lost.cid, LIMITS), { name: 'BlockMissingError' })
    assert.equal((await node.store.usage()).usedBytes, 1000)
  })

  it('garbage: what two pins share stays until both are gone', async () => {
    const { store } = await cleanup.node({ graceMs: 0 })
    const dir = await cleanup.dir()
    await writeFile(join(dir, 'a'), random(500))
    await writeFile(join(dir, 'b'), random(500))
    const whole = await store.importPath(dir)
    const part = await store.importPath(join(dir, 'a'))
    const record = toBlock({ outputs: whole.cid, nested: [{ part: part.cid }] })
    await store.putBlock(record)
    await store.pin(record.cid, 'record')
    await store.pin(whole.cid, 'one')
    await store.pin(part.cid, 'two')
    for (const owner of ['two', 'one', 'nobody']) {
      await store.unpinAll(owner)
      assert.equal((await store.collectGarbage()).removedBlocks, 0)
    }
    await store.pin(part.cid, 'two')
    await store.unpinAll('record')
    assert.equal((await store.collectGarbage()).removedBlocks, 3)
    assert.equal((await store.readFile(part.cid, LIMITS)).byteLength, 500)
    await store.unpinAll('two')
    assert.deepEqual(await store.collectGarbage(), { removedBlocks: 1, freedBytes: 500 })
    assert.equal((await store.usage()).usedBytes, 0)
  })

  it('garbage: what has just come is kept for a while, and collecting beside imports loses nothing', async () => {
    let now = 0
    const { store } = await cleanup.node({ graceMs: 1000, now: () => now })
    const jobs = Array.from({ length: 20 }, async (_, i) => {
      const imported = await store.importBytes(random(2000 + i))
      if (i % 4 === 0) await store.collectGarbage()
      return imported
    })
    const all = await Promise.all(jobs)
    assert.equal((await store.collectGarbage()).removedBlocks, 0)
    for (const { cid, sizeBytes } of all) assert.equal((await store.readFile(cid, LIMITS)).byteLength, sizeBytes)
    now = 1000
    assert.equal((await store.collectGarbage()).removedBlocks, 20)
  })

  it('quota: refused before anything is written, garbage makes room by itself', async () => {
    const node = await cleanup.node({ quotaBytes: 10_000, graceMs: 0 })
    const first = await node.store.importBytes(random(6000))
    await node.store.pin(first.cid, 'x')
    await assert.rejects(node.store.importBytes(random(6000)), { name: 'QuotaExceededError' })
    await assert.rejects(node.store.importBytes(random(20_000)), { name: 'QuotaExceededError' })
    assert.deepEqual(await node.store.usage(), { usedBytes: 6000, quotaBytes: 10_000 })
    await node.store.unpinAll('x')
    await node.store.importBytes(random(6000))
    assert.equal((await node.store.usage()).usedBytes, 6000)
  })

  it('quota: a fetch that does not fit stops, and goes on when garbage makes room', async () => {
    const source = await cleanup.node()
    const node = await cleanup.node({ quotaBytes: 100_000, graceMs: 0 })
    const { cid } = await source.store.importBytes(random(60_000))
    const filler = await node.store.importBytes(random(60_000))
    await node.store.pin(filler.cid, 'x')
    const options = { from: source.source, ...LIMITS }
    await assert.rejects(node.store.fetch(cid, options), { name: 'QuotaExceededError' })
    await node.store.unpinAll('x')
    assert.equal((await node.store.fetch(cid, options)).sizeBytes, 60_000)
    await assert.rejects(node.store.readFile(filler.cid, LIMITS), { name: 'BlockMissingError' })
  })
})
