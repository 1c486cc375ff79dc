import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { open } from '../../../node/network/streams.ts'
import { endFrame, lengthPrefixed } from '../../../protocols/data/car-writer.ts'
import { CAR_LIMITS, CAR_PROTOCOL, MIB } from '../../../protocols/data/limits.ts'
import { encodeControl } from '../../../protocols/data/messages.ts'
import { varint } from '../../../protocols/data/varint.ts'
import { type CarTestStream, carPeer } from '../../support/data/car-peer.ts'
import { block, directory, file, leaf, type TestBlock } from '../../support/data/trees.ts'
import { Cleanup, type TestNode, until } from '../../support/hosts.ts'

const LIMITS = { maxBytes: 64 * MIB }
const stay = new Promise<void>(() => undefined)
const [one, two, stranger] = [leaf('one'), leaf('two'), leaf('nobody asked')]
const root = directory([
  ['one', one],
  ['two', two]
])

/** What a sender may do wrong, after it was asked for `root`; and whether that counts as a strike. */
const SENDERS: Record<string, { strike: boolean; script: (to: CarTestStream) => Promise<void> | void }> = {
  'bytes that are not those of the CID': {
    strike: true,
    script: to => {
      to.header()
      to.section({ cid: root.cid, bytes: Buffer.from('something else') })
    }
  },
  'a block that nobody asked for': {
    strike: true,
    script: to => {
      to.header()
      for (const b of [root, stranger]) to.section(b)
    }
  },
  'a block before the one that links to it': {
    strike: true,
    script: to => {
      to.header()
      to.section(one)
    }
  },
  'a block twice': {
    strike: true,
    script: to => {
      to.header()
      for (const b of [root, one, one]) to.section(b)
    }
  },
  'a header with other roots': { strike: true, script: to => to.header([stranger.cid]) },
  'a header that is none': { strike: true, script: to => void to.stream.send(lengthPrefixed(Buffer.from('junk'))) },
  'a block over 2 MiB': {
    strike: true,
    script: to => {
      to.header()
      to.stream.send(varint(CAR_LIMITS.blockBytes + CAR_LIMITS.cidBytes + 1))
    }
  },
  'bytes after the end': {
    strike: true,
    script: to => {
      to.header()
      to.stream.send(Buffer.concat([endFrame({ reason: 'missing', cid: root.cid }), Buffer.alloc(100)]))
    }
  },
  silence: { strike: false, script: () => stay },
  'silence in the middle of a block': {
    strike: false,
    script: to => {
      to.header()
      if (to.first.want[0]?.equals(root.cid)) to.section(root)
      to.stream.send(varint(1000))
      to.stream.send(Buffer.alloc(10))
      return stay
    }
  },
  'the end of the stream at once, again and again': { strike: false, script: to => to.stream.close() },
  'the end of the stream in a block': {
    strike: false,
    script: to => {
      to.header()
      to.stream.send(varint(1000))
      return to.stream.close()
    }
  },
  'a word that the root is missing': {
    strike: false,
    script: to => {
      to.header()
      to.stream.send(endFrame({ reason: 'missing', cid: root.cid }))
    }
  }
}

describe('storage: hostile peers on the CAR protocol', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  let b: TestNode
  before(async () => {
    b = await cleanup.node({ stallMs: 300 })
  })
  after(() => cleanup.run())

  for (const [what, { strike, script }] of Object.entries(SENDERS)) {
    it(`error: a sender with ${what}`, async () => {
      const peer = await carPeer(cleanup, script)
      const from = peer.source
      await assert.rejects(b.store.fetch(root.cid, { from, ...LIMITS }), { name: 'ContentUnavailableError' })
      assert.equal(b.host.penalties.score(from.peer) < 0, strike)
      // a provable violation is not tried again
      assert.ok(peer.streams <= (strike ? 1 : 3), `${peer.streams} streams`)
      await b.store.collectGarbage()
      assert.deepEqual(await leftovers(b), [])
    })
  }

  it('error: a sender that does not stop at the window', async () => {
    const parts = Array.from({ length: 12 }, (_, i) => block(0x55, new Uint8Array(MIB).fill(i)))
    const whole = file(parts)
    const peer = await carPeer(cleanup, to => {
      to.header()
      to.section(whole)
      for (const part of parts) to.section(part)
    })
    // the disk is slower than the sender: the first write waits until the window is broken
    const gate = Promise.withResolvers<void>()
    const { put } = b.blocks
    b.blocks.put = async (cid, bytes, options) => {
      if (cid.code === 0x55) await gate.promise
      return put.call(b.blocks, cid, bytes, options)
    }
    const fetched = b.store.fetch(whole.cid, { from: peer.source, ...LIMITS })
    fetched.catch(() => undefined)
    try {
      await until(() => b.host.penalties.score(peer.source.peer) < 0)
    } finally {
      gate.resolve()
      b.blocks.put = put
    }
    await assert.rejects(fetched, { name: 'ContentUnavailableError' })
  })

  it('error: a tree that unfolds to 10 GB, names that lead out, kinds that are not stored: typed, and nothing stays', async () => {
    const big = block(0x55, new Uint8Array(MIB))
    const thousand = file(Array.from({ length: 1000 }, () => big))
    const bomb = file(Array.from({ length: 10 }, () => thousand))
    const outside = directory([['../x', one]])
    const link = block(dagPb.code, pbOf(new UnixFS({ type: 'symlink', data: Buffer.from('/etc/passwd') })))
    const linked = directory([['link', link]])
    const served = new Map(
      [big, thousand, bomb, outside, one, link, linked].map(blk => [blk.cid.toString(), blk] as const)
    )
    const order: Record<string, TestBlock[]> = {
      [bomb.cid.toString()]: [bomb, thousand, big],
      [outside.cid.toString()]: [outside, one],
      [linked.cid.toString()]: [linked, link]
    }
    const peer = await carPeer(cleanup, to => {
      to.header()
      for (const blk of order[to.first.want[0]?.toString() ?? ''] ?? [])
        if (served.has(blk.cid.toString())) to.section(blk)
    })
    const from = peer.source
    await assert.rejects(b.store.fetch(bomb.cid, { from, ...LIMITS }), { name: 'TooLargeError' })
    await assert.rejects(b.store.fetch(linked.cid, { from, ...LIMITS }), { name: 'UnsupportedContentError' })
    await b.store.fetch(outside.cid, { from, ...LIMITS })
    const dir = await cleanup.dir()
    await assert.rejects(b.store.exportPath(outside.cid, join(dir, 'out')), { name: 'UnsafeNameError' })
    assert.deepEqual(await readdir(dir), [])
    assert.equal(b.host.penalties.score(from.peer) < 0, false)
  })

  it('error: a sender that never ends: its content is over the limit long before', async () => {
    const parts = Array.from({ length: 20 }, (_, i) => block(0x55, new Uint8Array(MIB).fill(i)))
    const peer = await carPeer(cleanup, async to => {
      to.header()
      const endless = file(parts)
      to.section(endless)
      for (const part of parts) to.section(part)
      await stay
    })
    const { usedBytes } = await b.store.usage()
    const options = { from: peer.source, maxBytes: 2 * MIB }
    await assert.rejects(b.store.fetch(file(parts).cid, options), { name: 'TooLargeError' })
    assert.ok((await b.store.usage()).usedBytes - usedBytes < CAR_LIMITS.windowBytes)
  })

  describe('receivers', () => {
    let a: TestNode
    let big: TestBlock
    before(async () => {
      a = await cleanup.node({ serveStallMs: 500 })
      const parts = Array.from({ length: 16 }, (_, i) => block(0x55, new Uint8Array(MIB).fill(i)))
      big = file(parts)
      for (const part of [...parts, big]) await a.store.putBlock(part)
    })

    /** a stream to `a`; counts what it sends and tells when it is over */
    async function ask(node: TestNode, ...frames: Uint8Array[]) {
      const stream = await open(node.host.libp2p, a.source, CAR_PROTOCOL, AbortSignal.timeout(5000))
      const seen = { stream, bytes: 0, isOver: false }
      stream.addEventListener('message', ({ data }) => {
        seen.bytes += data.byteLength
      })
      stream.addEventListener('close', () => {
        seen.isOver = true
      })
      for (const bytes of frames) stream.send(lengthPrefixed(bytes))
      return seen
    }
    const want = (consumed = 0, cids = [big.cid]) => encodeControl({ consumed, want: cids, skip: [] })
    const strikes = (node: TestNode) => a.host.penalties.score(node.source.peer) < 0

    const RECEIVERS: Record<string, () => Uint8Array[]> = {
      'a credit for more than was sent': () => [want(), want(10 ** 9, [])],
      'a credit that goes back': () => [want(), want(50, []), want(10, [])],
      'a first frame that asks for nothing': () => [want(0, [])],
      'a frame that is none': () => [Buffer.from('junk')],
      'a frame that is too long': () => [Buffer.alloc(CAR_LIMITS.controlBytes + 1)]
    }
    for (const [what, frames] of Object.entries(RECEIVERS)) {
      it(`error: ${what}`, async () => {
        const node = await cleanup.node()
        const seen = await ask(node, ...frames())
        await until(() => seen.isOver && strikes(node))
      })
    }

    it('behavior: without credits it gets a window and no more, then loses its place', async () => {
      const node = await cleanup.node()
      const seen = await ask(node, want())
      await until(() => seen.isOver)
      assert.ok(seen.bytes <= CAR_LIMITS.windowBytes && seen.bytes > CAR_LIMITS.windowBytes - 2 * MIB, `${seen.bytes}`)
      assert.equal(strikes(node), false)
    })

    it('behavior: silence from the first word on, and words that change nothing, keep no place', async () => {
      const node = await cleanup.node()
      const silent = await ask(node)
      const chatty = await ask(node, want())
      const chat = setInterval(() => {
        if (!chatty.isOver) chatty.stream.send(lengthPrefixed(want(0, [])))
      }, 50)
      // a node may stop reading what it asked for, too
      const gone = await ask(node, want())
      gone.stream.pause()
      await gone.stream.close()
      try {
        await until(() => silent.isOver && chatty.isOver)
        await until(() => a.host.libp2p.getConnections().every(c => c.streams.every(s => s.protocol !== CAR_PROTOCOL)))
      } finally {
        clearInterval(chat)
      }
    })

    it('behavior: neither a byte of credit now and then nor wants of what was sent keep a place', async () => {
      const node = await cleanup.node()
      const [dripping, wanting] = [await ask(node, want()), await ask(node, want())]
      let consumed = 0
      const chat = setInterval(() => {
        consumed++
        if (!dripping.isOver) dripping.stream.send(lengthPrefixed(want(consumed, [])))
        if (!wanting.isOver) wanting.stream.send(lengthPrefixed(want(consumed)))
      }, 50)
      try {
        await until(() => dripping.isOver && wanting.isOver)
      } finally {
        clearInterval(chat)
      }
    })

    it('behavior: places for one peer are few, and come back', async () => {
      const node = await cleanup.node()
      const all = await Promise.all(Array.from({ length: 12 }, () => ask(node, want()).catch(() => undefined)))
      await until(() => all.every(seen => seen === undefined || seen.isOver))
      const got = all.filter(seen => seen !== undefined && seen.bytes > 0)
      assert.ok(got.length >= 4 && got.length <= 8, `${got.length}`)
      assert.equal((await node.store.fetch(big.cid, { from: a.source, ...LIMITS })).sizeBytes, 16 * MIB)
    })
  })
})

const pbOf = (unixfs: UnixFS): Uint8Array => dagPb.encode({ Data: unixfs.marshal(), Links: [] })

/** Files of unfinished writes in the store. */
async function leftovers(node: TestNode): Promise<string[]> {
  const files = await readdir(join(node.dir, 'blocks'), { recursive: true })
  return files.filter(name => name.includes('+'))
}
