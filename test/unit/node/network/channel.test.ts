import assert from 'node:assert/strict'
import { type Channel, handleChannel, openStream } from '../../../../node/network/channel.ts'
import type { Host } from '../../../../node/network/host.ts'
import { connect, frames } from '../../../../node/network/streams.ts'
import { Cleanup, nextEvent } from '../../../support/hosts.ts'

const PROTOCOL = '/dcn/test-log/1.0.0'
const CHANNEL = { maxMessageBytes: 64 * 1024, idleMs: 3000 }
const LIMITS = { ...CHANNEL, timeoutMs: 10_000, maxInboundStreams: 8, perPeerPerSecond: 100 }

describe('channel', function () {
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

  const openChannel = (options: Partial<typeof CHANNEL> = {}): Promise<Channel> =>
    openStream(a.libp2p, target, PROTOCOL, { ...CHANNEL, timeoutMs: 5000, ...options })

  it('default: a request, then a stream of messages in order, then the end', async () => {
    await handleChannel(b.libp2p, PROTOCOL, LIMITS, async channel => {
      for await (const [count] of channel) {
        for (let i = 0; i < (count ?? 0); i++) await channel.send(new Uint8Array(50_000).fill(i))
        return
      }
    })
    const channel = await openChannel()
    await channel.send(Uint8Array.from([100]))
    const got: number[] = []
    for await (const bytes of channel) {
      assert.equal(bytes.byteLength, 50_000)
      got.push(bytes[0] ?? -1)
    }
    await channel.close()
    assert.deepEqual(
      got,
      Array.from({ length: 100 }, (_, i) => i)
    )
  })

  it('behavior: a sender waits for a slow reader', async () => {
    let sent = 0
    const paused = Promise.withResolvers<void>()
    await handleChannel(b.libp2p, PROTOCOL, LIMITS, async channel => {
      for (; sent < 50; sent++) {
        const sending = channel.send(Uint8Array.from([sent]))
        if (sent === 8) paused.resolve()
        await sending
      }
    })
    const channel = await openChannel()
    await paused.promise
    // the ninth waits until something has been read and acknowledged
    assert.equal(sent, 8)
    let got = 0
    for await (const bytes of channel) assert.equal(bytes[0], got++)
    assert.equal(got, 50)
    await channel.close()
  })

  it('error: a reader that aborts stops the sender', async () => {
    const failed = Promise.withResolvers<Error>()
    await handleChannel(b.libp2p, PROTOCOL, LIMITS, async channel => {
      try {
        while (true) await channel.send(new Uint8Array(10))
      } catch (error) {
        failed.resolve(error as Error)
        throw error
      }
    })
    const channel = await openChannel()
    channel.abort(new Error('enough'))
    assert.equal((await failed.promise).name, 'StreamFailedError')
  })

  it('error: a side that shows no sign of life is given up', async () => {
    await b.libp2p.handle(PROTOCOL, () => undefined)
    const channel = await openChannel({ idleMs: 100 })
    await channel.send(Uint8Array.from([1]))
    await assert.rejects(
      async () => {
        for await (const _ of channel) assert.fail()
      },
      { name: 'RequestTimeoutError' }
    )
    await assert.rejects(channel.send(Uint8Array.from([1])), { name: 'RequestTimeoutError' })
  })

  it('behavior: silence with heartbeats is no reason to end', async () => {
    const release = Promise.withResolvers<void>()
    await handleChannel(b.libp2p, PROTOCOL, { ...LIMITS, idleMs: 120 }, async channel => {
      await release.promise
      await channel.send(Uint8Array.from([7]))
    })
    const channel = await openChannel({ idleMs: 120 })
    setTimeout(() => release.resolve(), 400)
    const got: number[] = []
    for await (const [n] of channel) got.push(n ?? -1)
    assert.deepEqual(got, [7])
    await channel.close()
  })

  it('error: frames that break the rules count against the peer', async () => {
    for (const frame of [[9], [1], []]) {
      const bad = Promise.withResolvers<string>()
      const onBadPeer = (_: string, error: Error) => bad.resolve(error.name)
      await handleChannel(b.libp2p, PROTOCOL, { ...LIMITS, onBadPeer }, async channel => {
        for await (const _ of channel) assert.fail()
      })
      const stream = await (await connect(a.libp2p, target)).newStream(PROTOCOL)
      await frames(stream, 10).write(Uint8Array.from(frame))
      assert.equal(await bad.promise, 'ProtocolViolationError')
      await b.libp2p.unhandle(PROTOCOL)
    }
  })

  it('error: more messages than the window allows', async () => {
    const bad = Promise.withResolvers<string>()
    const cut = Promise.withResolvers<void>()
    const onBadPeer = (_: string, error: Error) => bad.resolve(error.name)
    await handleChannel(b.libp2p, PROTOCOL, { ...LIMITS, onBadPeer }, async channel => {
      for await (const _ of channel) await cut.promise
    })
    const stream = await (await connect(a.libp2p, target)).newStream(PROTOCOL)
    const closed = nextEvent(stream, 'close')
    const messages = frames(stream, 10)
    for (let i = 0; i < 20; i++) await messages.write(Uint8Array.from([0, i])).catch(() => undefined)
    await closed
    cut.resolve()
    assert.equal(await bad.promise, 'ProtocolViolationError')
  })

  it('error: a message over the cap is refused before it is sent', async () => {
    await handleChannel(b.libp2p, PROTOCOL, LIMITS, async channel => {
      for await (const _ of channel) assert.fail()
    })
    const channel = await openChannel()
    await assert.rejects(channel.send(new Uint8Array(CHANNEL.maxMessageBytes + 1)), { name: 'TooLargeError' })
    await channel.close()
  })
})
