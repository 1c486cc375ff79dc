import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cidOf } from '../../../protocols/common/cbor.ts'
import { Cleanup, type TestNode } from '../../support/hosts.ts'

const LIMITS = { maxBytes: 64 * 1024 * 1024 }

describe('storage: two nodes over TCP', () => {
  const cleanup = new Cleanup()
  let a: TestNode
  let b: TestNode
  before(async () => {
    a = await cleanup.node()
    b = await cleanup.node()
  })
  after(() => cleanup.run())

  it('default: fetches a nested directory by CID and writes the same files', async () => {
    const dir = await cleanup.dir()
    const files: Record<string, Uint8Array> = {
      'plain.txt': Buffer.from('hello'),
      'with space ünï – 日本語 🚀.txt': Buffer.from('unicode'),
      'sub/deep/empty.bin': new Uint8Array(0),
      'sub/large.bin': crypto.getRandomValues(new Uint8Array(60_000)),
      'sub/^caret': Buffer.from('c')
    }
    await mkdir(join(dir, 'in/sub/deep'), { recursive: true })
    await mkdir(join(dir, 'in/emptydir'))
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(dir, 'in', name), bytes)
    const imported = await a.store.importPath(join(dir, 'in'))
    const fetched = await b.store.fetch(imported.cid, { from: a.source, ...LIMITS })
    assert.deepEqual(fetched, { sizeBytes: imported.sizeBytes, files: 5 })
    await b.store.exportPath(imported.cid, join(dir, 'out'))
    for (const [name, bytes] of Object.entries(files)) {
      assert.deepEqual(new Uint8Array(await readFile(join(dir, 'out', name))), new Uint8Array(bytes))
    }
    assert.deepEqual((await readdir(join(dir, 'out'))).sort(), (await readdir(join(dir, 'in'))).sort())
    const again = await b.store.importPath(join(dir, 'out'))
    assert.equal(again.cid.toString(), imported.cid.toString())
  })

  it('error: an absent CID', async () => {
    const absent = cidOf(Buffer.from('nobody has this'))
    const started = Date.now()
    await assert.rejects(b.store.fetch(absent, { from: a.source, ...LIMITS }), { name: 'ContentUnavailableError' })
    console.error('absent', Date.now() - started)
  })
})
