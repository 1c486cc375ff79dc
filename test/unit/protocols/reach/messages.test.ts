import assert from 'node:assert/strict'
import { encode } from '../../../../protocols/common/cbor.ts'
import { dialBackReplies, dialBackRequests, punchMessages } from '../../../../protocols/reach/messages.ts'

const place = (port: number, ip = '203.0.113.7') => ({ ip, port })

describe('reach messages', () => {
  it('default: there and back', () => {
    const request = { ports: [4101, 4102] }
    assert.deepEqual(dialBackRequests.decode(dialBackRequests.encode(request)), request)
    const reply = { seen: place(5, '2001:db8::1'), open: [4101] }
    assert.deepEqual(dialBackReplies.decode(dialBackReplies.encode(reply)), reply)
    const punch = { mapped: [place(1), place(2)], listening: [place(3)] }
    assert.deepEqual(punchMessages.decode(punchMessages.encode(punch)), punch)
  })

  const BAD: [title: string, decode: (bytes: Uint8Array) => unknown, value: unknown][] = [
    ['no port', dialBackRequests.decode, { ports: [] }],
    ['a scan', dialBackRequests.decode, { ports: [1, 2, 3] }],
    ['port 0', dialBackRequests.decode, { ports: [0] }],
    ['a port too large', dialBackRequests.decode, { ports: [65_536] }],
    ['another host', dialBackRequests.decode, { ports: [80], ip: '198.51.100.1' }],
    ['a name for an address', punchMessages.decode, { mapped: [place(1, 'example.org')], listening: [] }],
    ['too many places', punchMessages.decode, { mapped: Array(5).fill(place(1)), listening: [] }],
    ['a place without a port', punchMessages.decode, { mapped: [{ ip: '203.0.113.7' }], listening: [] }],
    ['more ports open than asked', dialBackReplies.decode, { seen: place(1), open: [1, 2, 3] }]
  ]
  for (const [title, decode, value] of BAD) {
    it(`error: ${title}`, () => assert.throws(() => decode(encode(value)), { name: 'InvalidInputError' }))
  }

  it('error: more bytes than any message has', () => {
    assert.throws(() => punchMessages.decode(new Uint8Array(1025)), { name: 'TooLargeError' })
  })
})
