import assert from 'node:assert/strict'
import { handle, type RequestLimits } from '../../../../node/network/handle.ts'
import type { Host } from '../../../../node/network/host.ts'
import { connect, frames, request } from '../../../../node/network/streams.ts'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import { Cleanup, nextEvent, until } from '../../../support/hosts.ts'

const PROTOCOL = '/dcn/test/1.0.0'
const OPTIONS = { maxReplyBytes: 1024, timeoutMs: 5000 }
const LIMITS: RequestLimits = { maxRequestBytes: 1024, timeoutMs: 5000, maxInboundStreams: 8, perPeerPerSecond: 1000 }

describe('request and handle', function () {
  this.timeout(20_000)
  const cleanup = new Cleanup()
  let a: Host
  let b: Host
  let target: { peer: string; addrs: string[] }
  before(async () => {
    a = await cleanup.host()
    b = await cleanup.host()
    target = { peer: b.peerId.toString(), addrs: b.dialableAddrs() }
  })
  after(() => cleanup.run())
  afterEach(() => b.libp2p.unhandle(PROTOCOL))

  const send = (bytes: Uint8Array, options: Partial<typeof OPTIONS> & { signal?: AbortSignal } = {}) =>
    request(a.libp2p, target, PROTOCOL, bytes, { ...OPTIONS, ...options })
  const openStreams = () => a.libp2p.getConnections().flatMap(c => c.streams.filter(s => s.protocol === PROTOCOL))

  it('default: one message there, one back, over one connection, nothing left open', async () => {
    await handle(b.libp2p, PROTOCOL, LIMITS, async (bytes, peer) => {
      assert.equal(peer, a.peerId.toString())
      return bytes.toReversed()
    })
    for (let i = 0; i < 100; i++) assert.deepEqual([...(await send(Uint8Array.from([1, 2, i])))], [i, 2, 1])
    assert.equal((await send(new Uint8Array(0))).byteLength, 0)
    assert.equal(a.libp2p.getConnections(b.peerId).length, 1)
    await until(() => openStreams().length === 0)
  })

  it('error: a request over the cap counts against the peer', async () => {
    const bad = Promise.withResolvers<string>()
    await handle(
      b.libp2p,
      PROTOCOL,
      { ...LIMITS, onBadPeer: (peer, e) => bad.resolve(`${peer} ${e.name}`) },
      async m => m
    )
    await assert.rejects(send(new Uint8Array(1025)), { name: 'StreamFailedError' })
    assert.equal(await bad.promise, `${a.peerId} TooLargeError`)
  })

  it('error: a reply over the cap', async () => {
    await handle(b.libp2p, PROTOCOL, LIMITS, async () => new Uint8Array(2000))
    await assert.rejects(send(new Uint8Array(1)), { name: 'TooLargeError' })
  })

  for (const [who, sendsMs, handlesMs, sender, handler] of [
    ['the handler is out of time', 5_000, 50, 'StreamFailedError', 'RequestTimeoutError'],
    ['the sender has left', 50, 5_000, 'RequestTimeoutError', 'StreamFailedError']
  ] as const) {
    it(`error: a handler that does not answer is given up by both sides: ${who}`, async () => {
      const gaveUp = Promise.withResolvers<string>()
      await handle(b.libp2p, PROTOCOL, { ...LIMITS, timeoutMs: handlesMs }, (_m, _p, { signal }) => {
        signal.addEventListener('abort', () => gaveUp.resolve(signal.reason.name))
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      })
      await assert.rejects(send(new Uint8Array(1), { timeoutMs: sendsMs }), { name: sender })
      assert.equal(await gaveUp.promise, handler)
    })
  }

  it('error: a client that opens a stream and stays silent is cut off', async () => {
    await handle(b.libp2p, PROTOCOL, { ...LIMITS, timeoutMs: 50 }, async m => m)
    const connection = await connect(a.libp2p, target)
    const stream = await connection.newStream(PROTOCOL)
    const closed = nextEvent(stream, 'close')
    // the length of a message that never comes, so that the stream is there at the other side
    await frames(stream, 1)
      .unwrap()
      .send(Uint8Array.from([100]))
    await closed
  })

  it('error: too often, and too many at once', async () => {
    await handle(b.libp2p, PROTOCOL, { ...LIMITS, perPeerPerSecond: 1, burst: 3, now: () => 0 }, async m => m)
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => send(new Uint8Array(1))))
    assert.equal(results.filter(r => r.status === 'fulfilled').length, 3)
    await b.libp2p.unhandle(PROTOCOL)
    const release = Promise.withResolvers<void>()
    await handle(b.libp2p, PROTOCOL, { ...LIMITS, maxConcurrent: 2 }, async m => {
      await release.promise
      return m
    })
    const first = [send(new Uint8Array(1)), send(new Uint8Array(1))]
    await assert.rejects(Promise.all([send(new Uint8Array(1)), ...first]), { name: 'StreamFailedError' })
    release.resolve()
    assert.ok((await Promise.allSettled(first)).some(r => r.status === 'fulfilled'))
  })

  it('error: what the handler calls bad input aborts the stream and is reported', async () => {
    const bad: string[] = []
    const reported = Promise.withResolvers<void>()
    const onBadPeer = (_peer: string, error: Error) => {
      bad.push(error.name)
      reported.resolve()
    }
    await handle(b.libp2p, PROTOCOL, { ...LIMITS, onBadPeer }, async m => {
      if (m[0] === 1) throw new InvalidInputError('bad')
      throw new Error('ours')
    })
    await assert.rejects(send(Uint8Array.from([0])), { name: 'StreamFailedError' })
    await assert.rejects(send(Uint8Array.from([1])), { name: 'StreamFailedError' })
    await reported.promise
    assert.deepEqual(bad, ['InvalidInputError'])
  })

  it('error: an unknown protocol, no addresses, wrong addresses, another peer at the address', async () => {
    await assert.rejects(send(new Uint8Array(1)), { name: 'StreamFailedError' })
    const stranger = '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
    for (const addrs of [[], ['/ip4/127.0.0.1/tcp/1'], b.dialableAddrs().map(x => x.replace(/\/p2p\/.*/, ''))]) {
      await assert.rejects(request(a.libp2p, { peer: stranger, addrs }, PROTOCOL, new Uint8Array(1), OPTIONS), {
        name: 'PeerUnreachableError'
      })
    }
    await assert.rejects(request(a.libp2p, { peer: 'junk', addrs: [] }, PROTOCOL, new Uint8Array(1), OPTIONS), {
      name: 'PeerUnreachableError'
    })
  })

  it("args: the caller's signal", async () => {
    await assert.rejects(send(new Uint8Array(1), { signal: AbortSignal.abort() }), { name: 'AbortError' })
    await handle(b.libp2p, PROTOCOL, LIMITS, () => new Promise(() => undefined))
    const controller = new AbortController()
    const pending = send(new Uint8Array(1), { signal: controller.signal })
    queueMicrotask(() => controller.abort())
    await assert.rejects(pending, { name: 'AbortError' })
  })
})
