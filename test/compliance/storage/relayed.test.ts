import assert from 'node:assert/strict'
import { Reach } from '../../../node/network/reach/index.ts'
import { CAR_PROTOCOL } from '../../../protocols/data/limits.ts'
import { Cleanup, type TestNode, until } from '../../support/hosts.ts'

const BYTES = Buffer.alloc(3 * 1024 * 1024 + 7, 'relayed')
const log = { debug() {}, info() {}, warn() {}, error() {} }

describe('storage through a relay', function () {
  this.timeout(60_000)
  const cleanup = new Cleanup()
  let hidden: TestNode
  let bootstrap: string[]
  before(async () => {
    const relay = await cleanup.host({ announceLoopback: true, relays: true })
    bootstrap = relay.dialableAddrs()
    hidden = await cleanup.node({ announceLoopback: true, listen: [], bootstrap })
    const reach = new Reach({ host: hidden.host, clock: { nowMs: Date.now }, log })
    cleanup.add(() => reach.stop())
    await reach.start()
    await until(() => hidden.host.dialableAddrs().length > 0)
  })
  after(() => cleanup.run())

  for (const path of ['car', 'bitswap']) {
    it(`default: a host that nobody can dial gives a file of several chunks by ${path}`, async () => {
      if (path === 'bitswap') await hidden.host.libp2p.unhandle(CAR_PROTOCOL)
      const { cid } = await hidden.store.importBytes(BYTES)
      const from = { peer: hidden.host.peerId.toString(), addrs: hidden.host.dialableAddrs() }
      const asker = await cleanup.node({ listen: [], bootstrap })
      const fetched = await asker.store.fetch(cid, { from, maxBytes: 2 ** 30 })
      assert.deepEqual(fetched, { sizeBytes: BYTES.byteLength, files: 1 })
      const connections = asker.host.libp2p.getConnections(hidden.host.peerId)
      assert.deepEqual(
        connections.map(c => c.direct),
        [false]
      )
    })
  }
})
