import assert from 'node:assert/strict'
import { streamPair } from '@libp2p/utils'
import type { Host } from '../../../../../node/network/host.ts'
import { HolePuncher, worthATry } from '../../../../../node/network/reach/punch.ts'
import { frames } from '../../../../../node/network/streams.ts'
import { type Place, punchMessages } from '../../../../../protocols/reach/messages.ts'

const at = (ip: string, port = 1): Place => ({ ip, port })
const own = { mapped: [at('203.0.113.7')], listening: [] }

describe('where a member may have this host connect to', () => {
  it('default: public places as they are', () => {
    const theirs = { mapped: [at('198.51.100.1'), at('2001:db8::1')], listening: [at('198.51.100.1', 2)] }
    assert.deepEqual(worthATry(theirs, own), theirs)
  })

  const NOWHERE = [
    '127.0.0.1',
    '0.0.0.0',
    '169.254.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'ff02::1',
    // the same in other words
    '0:0:0:0:0:0:0:1',
    '0::1',
    '0::0',
    '::ffff:127.0.0.1',
    '0:0:0:0:0:ffff:7f00:1',
    'FE80::1',
    'feb0::1',
    'FF02::1'
  ]
  for (const ip of NOWHERE) {
    it(`error: ${ip} is not a place`, () => {
      assert.deepEqual(worthATry({ mapped: [at(ip)], listening: [at(ip)] }, own), { mapped: [], listening: [] })
    })
  }

  it('error: private addresses, which are hosts of our own house', () => {
    const ips = [
      '10.250.3.4',
      '192.168.77.9',
      '100.64.1.1',
      '::ffff:10.250.3.4',
      '0:0::ffff:afa:304',
      'FDEA:DBEE:F::1',
      'fdea:dbee:f::1'
    ]
    for (const ip of ips)
      assert.deepEqual(worthATry({ mapped: [at(ip)], listening: [at(ip)] }, own), { mapped: [], listening: [] }, ip)
  })

  it('behavior: private addresses where this host is seen with one, too', () => {
    const inside = { mapped: [at('10.250.0.1')], listening: [] }
    assert.deepEqual(worthATry({ mapped: [at('10.250.3.4')], listening: [] }, inside).mapped, [at('10.250.3.4')])
  })
})

describe('a member that asks for a meeting', () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const none = { mapped: [], listening: [] }

  it('behavior: is not told how long the attempts last: refused places are quick, silent ones slow', async () => {
    let onStream: (stream: unknown, connection: unknown) => Promise<void> = async () => undefined
    const dialling = Promise.withResolvers<void>()
    let isOver = false
    const dial = (_to: unknown, signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        dialling.resolve()
        signal.addEventListener('abort', () => {
          isOver = true
          reject(signal.reason)
        })
      })
    const libp2p = {
      addEventListener() {},
      removeEventListener() {},
      handle: async (_protocol: string, handler: typeof onStream) => {
        onStream = handler
      },
      unhandle: async () => undefined,
      services: { transports: { dial } }
    }
    const host = { libp2p, sharedPort: { port: undefined }, penalties: { strike() {} } } as unknown as Host
    const puncher = new HolePuncher({ host, log, nowMs: () => 0, places: () => none })
    await puncher.start()
    const [ours, theirs] = await streamPair()
    const answered = onStream(ours, { remotePeer: 'somebody' })
    const messages = frames(theirs, 1024)
    await messages.write(punchMessages.encode({ ...none, listening: [at('203.0.113.9')] }))
    await messages.read()
    const ended = new Promise(resolve => theirs.addEventListener('remoteCloseWrite', resolve))
    await messages.write(punchMessages.encode(none))
    await Promise.all([ended, dialling.promise])
    assert.equal(isOver, false)
    await puncher.stop()
    await answered
    await theirs.close().catch(() => undefined)
  })
})
