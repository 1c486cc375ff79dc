import assert from 'node:assert/strict'
import { ipOf, isIn, type Range } from '../../../../node/network/ranges.ts'

describe('kinds of IP addresses', () => {
  const kinds: [Range, string[], string[]][] = [
    ['loopback', ['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'], ['128.0.0.1', '::2']],
    ['linkLocal', ['169.254.0.1', 'fe80::1', 'FEBF::1'], ['169.253.0.1', 'fec0::1']],
    [
      'private',
      ['10.0.0.1', '172.31.0.1', '192.168.0.1', '100.127.0.1', 'FD00::1', '0::ffff:10.0.0.1'],
      ['172.32.0.1']
    ],
    [
      'nobody',
      ['0.0.0.0', '0.1.2.3', '224.0.0.1', '255.255.255.255', '::', '0::0', 'FF02::1'],
      ['1.0.0.0', '2001:db8::']
    ]
  ]
  for (const [range, inside, outside] of kinds) {
    it(`default: ${range}, however it is written`, () => {
      for (const ip of inside) assert.equal(isIn(range, ip), true, ip)
      for (const ip of [...outside, '8.8.8.8', '2001:4860::8888', 'localhost', ''])
        assert.equal(isIn(range, ip), false, ip)
    })
  }

  it('default: the IP address of a multiaddr', () => {
    assert.deepEqual(['/ip4/192.0.2.1/tcp/1', '/ip6/::1/tcp/1', '/dns4/localhost/tcp/1', ''].map(ipOf), [
      '192.0.2.1',
      '::1',
      undefined,
      undefined
    ])
  })
})
