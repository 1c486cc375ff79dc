import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { MIB } from '../../../protocols/data/limits.ts'
import { directory, leaf } from '../../support/data/trees.ts'
import { Cleanup } from '../../support/hosts.ts'

/** Both sides run in this process: a side that held the whole file would pass the limit by itself. */
const FILE_MIB = 272
const MAX_EXTRA_BYTES = 256 * MIB
const FILES = 10_000

describe('storage: memory', function () {
  this.timeout(120_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  /** The most resident memory above what there was, looked at as the transfer goes. */
  function watchMemory() {
    const before = process.memoryUsage.rss()
    let most = 0
    return {
      look: () => {
        most = Math.max(most, process.memoryUsage.rss() - before)
      },
      get extraBytes() {
        return most
      }
    }
  }

  it(`behavior: a file of ${FILE_MIB} MiB is imported, sent, received and written in constant memory`, async () => {
    const [source, reader] = [await cleanup.node(), await cleanup.node()]
    const dir = await cleanup.dir()
    const path = join(dir, 'file')
    await writeChunks(path, FILE_MIB)
    const memory = watchMemory()
    const { cid, sizeBytes } = await source.store.importPath(path)
    await rm(path)
    memory.look()
    const options = { from: source.source, maxBytes: sizeBytes, onProgress: memory.look }
    assert.equal((await reader.store.fetch(cid, options)).sizeBytes, FILE_MIB * MIB)
    memory.look()
    await source.store.stop()
    await rm(join(source.dir, 'blocks'), { recursive: true })
    assert.equal((await reader.store.exportPath(cid, join(dir, 'out'))).sizeBytes, sizeBytes)
    memory.look()
    assert.ok(memory.extraBytes <= MAX_EXTRA_BYTES, `${memory.extraBytes / MIB} MiB`)
  })

  it(`behavior: a directory of ${FILES} files`, async () => {
    const [source, reader] = [await cleanup.node(), await cleanup.node()]
    const leaves = Array.from({ length: FILES }, (_, i) => leaf(`${i}\n`))
    const half = (n: number) => leaves.slice((n * FILES) / 2, ((n + 1) * FILES) / 2)
    const [first, second] = [0, 1].map(n => directory(half(n).map((file, i) => [`file-${i}`, file] as const)))
    assert.ok(first !== undefined && second !== undefined)
    const root = directory([
      ['first', first],
      ['second', second]
    ])
    await Promise.all([...leaves, first, second, root].map(({ cid, bytes }) => source.blocks.put(cid, bytes)))
    const memory = watchMemory()
    const options = { from: source.source, maxBytes: MIB, onProgress: memory.look }
    assert.equal((await reader.store.fetch(root.cid, options)).files, FILES)
    memory.look()
    assert.ok(memory.extraBytes <= MAX_EXTRA_BYTES, `${memory.extraBytes / MIB} MiB`)
  })
})

async function writeChunks(path: string, mib: number): Promise<void> {
  const file = createWriteStream(path)
  for (let i = 0; i < mib; i++) {
    const chunk = Buffer.alloc(MIB, i % 251)
    chunk.writeUInt32LE(i)
    if (!file.write(chunk)) await new Promise<void>(resolve => file.once('drain', () => resolve()))
  }
  file.end()
  await finished(file)
}
