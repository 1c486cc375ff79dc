import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import type { Served } from '../../../node/storage/storage.ts'
import { CAR_LIMITS, CAR_PROTOCOL, MIB } from '../../../protocols/data/limits.ts'
import { nodeKey } from '../../../protocols/data/node-key.ts'
import { directory, file, leaf, type TestBlock } from '../../support/data/trees.ts'
import { Cleanup, type TestNode, until } from '../../support/hosts.ts'

const LIMITS = { maxBytes: 64 * MIB }

function random(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65_536)))
  return bytes
}

/** Blocks that the node read for others or for itself. */
function countReads(node: TestNode): Map<string, number> {
  const counts = new Map<string, number>()
  const read = node.blocks.read.bind(node.blocks)
  node.blocks.read = (cid, options) => {
    counts.set(nodeKey(cid), (counts.get(nodeKey(cid)) ?? 0) + 1)
    return read(cid, options)
  }
  return counts
}

/** What arrives then came by CAR. */
const withoutBitswap = (node: TestNode) => node.host.libp2p.unhandle('/ipfs/bitswap/1.2.0')

async function put(node: TestNode, ...blocks: TestBlock[]): Promise<CID[]> {
  for (const block of blocks) await node.store.putBlock(block)
  return blocks.map(b => b.cid)
}

describe('storage: a DAG over one stream', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  let a: TestNode
  let b: TestNode
  let reads: Map<string, number>
  before(async () => {
    a = await cleanup.node()
    b = await cleanup.node({ stallMs: 2000 })
    await withoutBitswap(a)
    reads = countReads(a)
  })
  beforeEach(() => reads.clear())
  after(() => cleanup.run())

  it('default: a directory; each block is read and sent once, though it is linked more often', async () => {
    const dir = await cleanup.dir()
    await mkdir(join(dir, 'in/sub'), { recursive: true })
    const twice = random(12 * MIB)
    await writeFile(join(dir, 'in/one'), twice)
    await writeFile(join(dir, 'in/sub/two'), twice)
    await writeFile(join(dir, 'in/sub/small'), 'x')
    const { cid, sizeBytes } = await a.store.importPath(join(dir, 'in'))
    reads.clear()
    const told: Served[] = []
    const unwatch = a.store.watchServed(served => told.push(served))
    assert.deepEqual(await b.store.fetch(cid, { from: a.source, ...LIMITS }), { sizeBytes, files: 3 })
    unwatch()
    assert.deepEqual(new Set(told.map(({ peer, root }) => `${peer} ${root}`)), new Set([`${b.source.peer} ${cid}`]))
    // no more than the window is sent before the receiver has said what it took
    assert.ok((told.at(-1)?.bytes ?? 0) >= 12 * MIB - CAR_LIMITS.windowBytes)
    assert.ok(told.every(({ bytes }, i) => bytes > (told[i - 1]?.bytes ?? 0)))
    assert.deepEqual(new Set(reads.values()), new Set([1]))
    assert.equal((await b.store.exportPath(cid, join(dir, 'out'))).sizeBytes, sizeBytes)
  })

  it('behavior: what is here is not sent: whole subtrees, single blocks, and blocks that are linked from new ones', async () => {
    const leaves = Array.from({ length: 40 }, (_, i) => leaf(`${i} ${Buffer.from(random(30_000)).toString('hex')}`))
    const files = Array.from({ length: 10 }, (_, i) => file(leaves.slice(4 * i, 4 * i + 4)))
    const root = directory(files.map((f, i) => [`f${i}`, f] as const))
    await put(a, root, ...files, ...leaves)
    // here: three files whole, one without its last chunk, and of one nothing but a chunk
    const here = [...leaves.slice(0, 15), ...files.slice(0, 4), leaves[16] as TestBlock]
    await put(b, ...here)
    reads.clear()
    await b.store.fetch(root.cid, { from: a.source, ...LIMITS })
    const sent = [...reads.keys()]
    assert.ok(sent.includes(nodeKey(root.cid)) && sent.includes(nodeKey((leaves[15] as TestBlock).cid)))
    // our word that a block is here may cross with it; what it links to is known here all the same
    for (const { cid } of here) assert.ok((reads.get(nodeKey(cid)) ?? 0) <= 1)
    await put(b, root)
    reads.clear()
    assert.deepEqual(await b.store.fetch(root.cid, { from: a.source, ...LIMITS }), {
      sizeBytes: sizeOf(leaves),
      files: 10
    })
    assert.equal(reads.size, 0)
  })

  it('behavior: with the root here, exactly what is missing is sent', async () => {
    const leaves = Array.from({ length: 1200 }, (_, i) => leaf(`missing ${i}`))
    const root = directory(leaves.map((l, i) => [`f${i}`, l] as const))
    await put(a, root, ...leaves)
    await put(b, root, ...leaves.filter((_, i) => i % 2 === 0))
    reads.clear()
    await b.store.fetch(root.cid, { from: a.source, ...LIMITS })
    const missing = leaves.filter((_, i) => i % 2 === 1).map(l => nodeKey(l.cid))
    assert.deepEqual([...reads.keys()].sort(), missing.sort())
  })

  it('property: cut at any points, it resumes and completes, and what had come is not sent again', async () => {
    for (let run = 0; run < 4; run++) {
      const { cid } = await a.store.importBytes(random(16 * MIB))
      reads.clear()
      const cuts = new Set([1 + run, 3 + 3 * run, 14])
      let progress = 0
      const onProgress = (): void => {
        if (!cuts.has(++progress)) return
        for (const connection of b.host.libp2p.getConnections()) connection.abort(new Error('cut by the test'))
      }
      assert.equal((await b.store.fetch(cid, { from: a.source, ...LIMITS, onProgress })).sizeBytes, 16 * MIB)
      // each cut costs at most what was under way and read ahead
      const again = [...reads.values()].reduce((sum, n) => sum + n - 1, 0)
      assert.ok(again <= cuts.size * 18, `${again} blocks read again`)
    }
  })

  it('error: a block that the sender lacks, also one it lost to a damaged disk', async () => {
    const leaves = [leaf('have'), leaf('lost')]
    const root = directory(leaves.map((l, i) => [`f${i}`, l] as const))
    await put(a, root, leaves[0] as TestBlock)
    await assert.rejects(b.store.fetch(root.cid, { from: a.source, ...LIMITS }), (error: Error) => {
      assert.equal(error.name, 'ContentUnavailableError')
      assert.match(error.message, new RegExp(`does not have ${leaves[1]?.cid}`))
      return true
    })
    await put(a, leaves[1] as TestBlock)
    assert.equal((await b.store.fetch(root.cid, { from: a.source, ...LIMITS })).files, 2)
  })

  it('behavior: a peer that does not speak the protocol gives the same by bitswap', async () => {
    const old = await cleanup.node()
    await old.host.libp2p.unhandle(CAR_PROTOCOL)
    const { cid } = await old.store.importBytes(random(5 * MIB))
    assert.equal((await b.store.fetch(cid, { from: old.source, ...LIMITS })).sizeBytes, 5 * MIB)
  })

  it('behavior: more transfers at once than one peer serves all complete', async () => {
    const c = await cleanup.node()
    const all = await Promise.all(Array.from({ length: 12 }, () => c.store.importBytes(random(2 * MIB))))
    const got = await Promise.all(all.map(({ cid }) => b.store.fetch(cid, { from: c.source, ...LIMITS })))
    assert.deepEqual(
      got,
      all.map(() => ({ sizeBytes: 2 * MIB, files: 1 }))
    )
  })

  it('behavior: several sources, of which none has everything', async () => {
    const [c, d] = [await cleanup.node(), await cleanup.node()]
    const leaves = Array.from({ length: 20 }, (_, i) => leaf(`spread ${i}`))
    const root = directory(leaves.map((l, i) => [`f${i}`, l] as const))
    await put(c, root, ...leaves.slice(0, 12))
    await put(d, ...leaves.slice(8))
    const fetched = await b.store.fetch(root.cid, { from: [c.source, d.source], ...LIMITS })
    assert.equal(fetched.files, 20)
  })

  it('behavior: with `only`, nobody but the named peer is asked', async () => {
    const [empty, neighbour, reader] = [
      await cleanup.node(),
      await cleanup.node(),
      await cleanup.node({ stallMs: 500 })
    ]
    await reader.host.libp2p.dial(neighbour.host.libp2p.getMultiaddrs())
    const [cid, other] = [await announced(), await announced()]
    async function announced(): Promise<CID> {
      const made = await neighbour.store.importBytes(random(MIB))
      await neighbour.store.pin(made.cid, 'deal', { announce: true })
      return made.cid
    }
    const get = (what: CID, only = false) =>
      reader.store.fetch(what, { from: empty.source, only, ...LIMITS }).then(
        () => true,
        () => false
      )
    await until(() => get(other))
    assert.equal(await get(cid, true), false)
    await until(() => get(cid))
  })

  it('behavior: another peer is found by routing when the source is gone', async () => {
    const [source, keeper, reader] = [await cleanup.node(), await cleanup.node(), await cleanup.node({ stallMs: 2000 })]
    const { cid } = await source.store.importBytes(random(2 * MIB))
    for (const node of [source, reader]) {
      await node.host.libp2p.dial(keeper.host.libp2p.getMultiaddrs())
    }
    await keeper.store.fetch(cid, { from: source.source, ...LIMITS })
    await keeper.store.pin(cid, 'deal', { announce: true })
    await source.store.stop()
    await source.host.stop()
    // an announcement is sent, not acknowledged
    const get = () =>
      reader.store.fetch(cid, { from: source.source, ...LIMITS }).then(
        () => true,
        () => false
      )
    await until(get)
    assert.equal((await reader.store.readFile(cid, LIMITS)).byteLength, 2 * MIB)
  })
})

const sizeOf = (blocks: readonly TestBlock[]): number => blocks.reduce((sum, b) => sum + b.bytes.byteLength, 0)
