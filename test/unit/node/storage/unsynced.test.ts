import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { VerifiedBlocks } from '../../../../node/storage/blocks.ts'
import { UnsyncedFiles } from '../../../../node/storage/unsynced.ts'
import { leaf } from '../../../support/data/trees.ts'
import { Cleanup } from '../../../support/hosts.ts'

describe('flushing of blocks', () => {
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  it('default: files and their directories, each once; what is gone needs none', async () => {
    const dir = await cleanup.dir()
    await mkdir(join(dir, 'a'))
    const synced: string[] = []
    const files = new UnsyncedFiles(async path => void synced.push(path))
    for (const name of ['a/1', 'a/2']) files.add(join(dir, name))
    files.add(join(dir, 'a/3'))
    files.delete(join(dir, 'a/3'))
    await files.flush()
    assert.deepEqual(
      synced,
      ['a/1', 'a/2', 'a', ''].map(name => join(dir, name).replace(/\/$/, ''))
    )
    await files.flush()
    assert.equal(synced.length, 4)
  })

  it('behavior: on a real disk; a file that was removed meanwhile is no error', async () => {
    const dir = await cleanup.dir()
    const files = new UnsyncedFiles()
    for (const name of ['here', 'gone']) {
      await writeFile(join(dir, name), name)
      files.add(join(dir, name))
    }
    await rm(join(dir, 'gone'))
    await files.flush()
  })

  it('error: what could not be flushed is told, and flushed again the next time', async () => {
    let isFull = true
    const files = new UnsyncedFiles(async () => {
      if (isFull) throw new Error('no space left')
    })
    files.add('/x/y')
    await assert.rejects(files.flush(), { name: 'Error' })
    isFull = false
    await files.flush()
  })

  it('behavior: a pin waits for the disk, and blocks of a process before this one count too', async () => {
    const dir = join(await cleanup.dir(), 'blocks')
    const block = leaf('a block')
    const first = new VerifiedBlocks(dir, 1e6)
    await first.open()
    await first.put(block.cid, block.bytes)
    const synced: string[] = []
    const second = new VerifiedBlocks(dir, 1e6, async path => void synced.push(path))
    await second.open()
    await second.flush()
    assert.equal(synced.length, 3)
    assert.ok(synced[0]?.startsWith(synced[1] ?? '-'))
    await second.put(leaf('another').cid, leaf('another').bytes)
    await second.flush()
    assert.equal(synced.length, 6)
  })
})
