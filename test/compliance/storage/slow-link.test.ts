import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import { CAR_PROTOCOL, MIB } from '../../../protocols/data/limits.ts'
import { slowLink } from '../../support/data/slow-link.ts'
import { Cleanup } from '../../support/hosts.ts'

/**
 * The library's monitor pings every 10 s, waits 5 s and then gives the connection up, though it is only busy: on a line of 1 MB/s
 * that is the end of every transfer after 15 s. The times here are a fiftieth of that, the line is the same.
 */
const PINGS = { pingInterval: 200, pingTimeout: { minTimeout: 100 } }
const BYTES_PER_SECOND = 1_000_000

describe('storage: a slow line', function () {
  this.timeout(30_000)
  const cleanup = new Cleanup()
  afterEach(() => cleanup.run())

  for (const path of ['car', 'bitswap']) {
    it(`behavior: a transfer by ${path} goes on while pings fail`, async () => {
      const source = await cleanup.node({ pings: PINGS })
      const reader = await cleanup.node({ pings: PINGS })
      if (path === 'bitswap') await source.host.libp2p.unhandle(CAR_PROTOCOL)
      const bytes = new Uint8Array(3 * MIB)
      for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
      const { cid } = await source.store.importBytes(bytes)
      const addr = await slowLink(cleanup, source.source.addrs[0] ?? '', BYTES_PER_SECOND)
      const connection = await reader.host.libp2p.dial(multiaddr(`${addr}/p2p/${source.source.peer}`))
      const begun = Promise.withResolvers<void>()
      const fetched = reader.store.fetch(cid, {
        from: { peer: source.source.peer, addrs: [addr] },
        maxBytes: 4 * MIB,
        onProgress: () => begun.resolve()
      })
      await begun.promise
      // what the monitor sees, too: an answer that waits behind our data for more than its patience
      const pings = reader.host.libp2p.services.ping
      let isLate = false
      while (!isLate) {
        const late = pings.ping(connection.remotePeer, { signal: AbortSignal.timeout(400) }).then(
          () => false,
          () => true
        )
        isLate = await Promise.race([late, fetched.then(() => assert.fail('the line was never busy'))])
      }
      assert.equal((await fetched).sizeBytes, bytes.byteLength)
      assert.equal(connection.status, 'open')
    })
  }
})
