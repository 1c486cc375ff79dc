import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createHeliaLight } from 'helia'
import { concat } from 'uint8arrays/concat'
import { noisePrologue } from '../../../node/network/libp2p-config.ts'
import { Cleanup } from '../../support/hosts.ts'

const NETWORK = { id: 'lab-test', secret: new Uint8Array(32).fill(7) }

/**
 * A Helia node as its own package makes it: its stores in memory, its bitswap settings, its connection monitor. What is given are
 * the transport and the gate of the private network; the defaults that would go around it or out into the internet (other
 * transports, public bootstrap peers and gateways) are left out.
 */
async function stockHelia(cleanup: Cleanup) {
  const helia = withBitswap(
    withLibp2pLight(createHeliaLight(), {
      addresses: { listen: [] },
      transports: [tcp()],
      connectionEncrypters: [noise({ prologueBytes: noisePrologue(NETWORK.id, NETWORK.secret) })],
      streamMuxers: [yamux()],
      services: { identify: identify(), ping: ping() }
    })
  )
  cleanup.add(() => helia.stop())
  await helia.start()
  return helia
}

describe('storage: a stock Helia node', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  after(() => cleanup.run())

  it('default: knows the address and the secret of the network, and reads a result by its CID', async () => {
    const node = await cleanup.node({ networkId: NETWORK.id, networkSecret: NETWORK.secret })
    const dir = await cleanup.dir()
    const large = Buffer.alloc(3 * 2 ** 20 + 5)
    for (let at = 0; at < large.length; at += 8) large.writeUInt32LE(at, Math.min(at, large.length - 4))
    await mkdir(join(dir, 'result/outputs'), { recursive: true })
    await writeFile(join(dir, 'result/stdout'), 'hello\n')
    await writeFile(join(dir, 'result/outputs/large'), large)
    const { cid } = await node.store.importPath(join(dir, 'result'))

    const helia = await stockHelia(cleanup)
    await helia.libp2p.dial(node.source.addrs.map(addr => multiaddr(addr)))
    const providers = [peerIdFromString(node.source.peer).toCID()]
    const session = helia.blockstore.createSession(cid, { providers, minProviders: 1, maxProviders: 1 })
    const fs = unixfs({ blockstore: session })
    const read = async (path: string): Promise<Uint8Array> => {
      const parts: Uint8Array[] = []
      for await (const part of fs.cat(cid, { path, signal: AbortSignal.timeout(10_000) })) parts.push(part)
      return concat(parts)
    }
    assert.equal(Buffer.from(await read('stdout')).toString(), 'hello\n')
    assert.ok(large.equals(await read('outputs/large')))
    session.close()
  })

  it('behavior: our node reads from it in turn, though it speaks bitswap alone', async () => {
    const helia = await stockHelia(cleanup)
    const node = await cleanup.node({ networkId: NETWORK.id, networkSecret: NETWORK.secret })
    const cid = await unixfs(helia).addBytes(Buffer.alloc(2_500_000, 'x'))
    await helia.libp2p.dial(node.source.addrs.map(addr => multiaddr(addr)))
    const from = { peer: helia.libp2p.peerId.toString(), addrs: [] }
    assert.equal((await node.store.fetch(cid, { from, maxBytes: 3_000_000 })).sizeBytes, 2_500_000)
  })
})
