import assert from 'node:assert/strict'
import { announceable, dialAddrs, dialRank, targetOf } from '../../../../node/network/addresses.ts'

const PEER = '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
const OTHER = '12D3KooWM6JW3vQwQAGiJ4VpujYy2PC8BX7XgeUVbC3Axv2jrT2D'

describe('addresses', () => {
  const lo = '/ip4/127.0.0.1/tcp/1'
  const lan = '/ip4/192.168.1.5/tcp/1'
  const pub = '/ip4/198.51.100.7/tcp/1'

  it('announceable: public first, loopback only when nothing else is there or asked for', () => {
    assert.deepEqual(announceable([lo, lan, pub], false), [pub, lan])
    assert.deepEqual(announceable([lo], false), [lo])
    assert.deepEqual(announceable([lo, lan, pub], true), [lo, pub, lan])
  })

  it('announceable: at most 8, TCP only, no link-local, no doubles', () => {
    const many = Array.from({ length: 20 }, (_, i) => `/ip4/198.51.100.${i}/tcp/1`)
    assert.equal(announceable(many, true).length, 8)
    assert.deepEqual(announceable([pub, pub, '/ip4/169.254.1.1/tcp/1', '/ip4/1.2.3.4/udp/1/quic-v1'], false), [pub])
  })

  it('dialAddrs: bound to the peer, foreign and strange ones dropped', () => {
    const addrs = [pub, `${lan}/p2p/${PEER}`, `${lan}/p2p/${OTHER}`, '/dns4/x/tcp/1/ws', 'junk', '/unix/tmp/x']
    assert.deepEqual(
      dialAddrs({ peer: PEER, addrs }).map(a => a.toString()),
      [`${pub}/p2p/${PEER}`, `${lan}/p2p/${PEER}`]
    )
    assert.equal(dialAddrs({ peer: PEER, addrs: Array(100).fill(pub) }).length, 8)
  })

  const through = (relay: string, peer = PEER, at = pub) => `${at}/p2p/${relay}/p2p-circuit/p2p/${peer}`
  const relays = Array.from({ length: 5 }, (_, i) => OTHER.slice(0, -1) + 'abcde'[i])

  it('announceable: one address for each relay, its most public one, after public and before private ones', () => {
    const relayed = [through(OTHER, PEER, lan), through(OTHER), through(OTHER, PEER, lo)]
    assert.deepEqual(announceable([lan, ...relayed, pub, lo], false), [pub, through(OTHER), lan])
    assert.deepEqual(announceable([through(OTHER, PEER, lo)], false), [])
    assert.deepEqual(announceable([through(OTHER, PEER, lo), lo], true), [lo, through(OTHER, PEER, lo)])
  })

  it('announceable: the same whatever order they come in, at most three relays, at most 640 bytes', () => {
    const all = relays.map(r => through(r))
    assert.deepEqual(announceable(all, false), announceable([...all].reverse(), false))
    assert.equal(announceable(all, false).length, 3)
    const long = Array.from({ length: 8 }, (_, i) => `/dns4/${'a'.repeat(60)}${i}/tcp/1/p2p/${PEER}`)
    assert.ok(announceable(long, false).join('').length <= 640)
  })

  it('dialAddrs: one relay in between, and at most three ways through relays', () => {
    assert.deepEqual(
      dialAddrs({ peer: PEER, addrs: [through(OTHER)] }).map(a => a.toString()),
      [through(OTHER)]
    )
    assert.equal(dialAddrs({ peer: PEER, addrs: relays.map(r => through(r)) }).length, 3)
  })

  const HOSTILE: [title: string, addr: string][] = [
    ['the peer as its own relay', through(PEER)],
    ['another peer at the end', through(OTHER, OTHER)],
    ['a chain of relays', `${through(OTHER, OTHER)}/p2p-circuit/p2p/${PEER}`],
    ['a circuit without a relay', `/p2p-circuit/p2p/${PEER}`],
    ['a relay without an address', `/p2p/${OTHER}/p2p-circuit/p2p/${PEER}`],
    ['a relay without an id', `${pub}/p2p-circuit/p2p/${PEER}`],
    ['a circuit without an end', `${pub}/p2p/${OTHER}/p2p-circuit`],
    ['a relay by QUIC', `/ip4/198.51.100.7/udp/1/quic-v1/p2p/${OTHER}/p2p-circuit/p2p/${PEER}`],
    ['a relay by WebSockets', `${pub}/ws/p2p/${OTHER}/p2p-circuit/p2p/${PEER}`],
    ['WebRTC through a relay', `${pub}/p2p/${OTHER}/p2p-circuit/webrtc/p2p/${PEER}`],
    ['something behind the end', `${through(OTHER)}/http`],
    ['a name without an end', `/dns4/${'a'.repeat(200)}/tcp/1/p2p/${OTHER}/p2p-circuit/p2p/${PEER}`],
    ['kilobytes', `${pub}/p2p/${'Q'.repeat(5_000)}/p2p-circuit/p2p/${PEER}`],
    ['a port that is none', `/ip4/198.51.100.7/tcp/99999/p2p/${OTHER}/p2p-circuit/p2p/${PEER}`],
    ['everybody at once', '/ip4/224.0.0.1/tcp/1'],
    ['no host at all', '/ip4/0.0.0.0/tcp/1'],
    ['everybody at once, by IPv6', '/ip6/ff02::1/tcp/1']
  ]
  for (const [title, addr] of HOSTILE) {
    it(`error: not dialled: ${title}`, () => assert.deepEqual(dialAddrs({ peer: PEER, addrs: [addr] }), []))
  }

  it('dialRank: a stranger cannot have private networks tried before what is surely its own', () => {
    const isNear = (ip: string) => ip.startsWith('192.168.')
    const sorted = [lo, '/ip4/10.0.0.1/tcp/1', lan, through(OTHER), pub]
    assert.deepEqual(
      [...sorted].sort((a, b) => dialRank(a, isNear) - dialRank(b, isNear)),
      [pub, through(OTHER), lan, '/ip4/10.0.0.1/tcp/1', lo]
    )
  })

  it('targetOf: takes the id from the end', () => {
    assert.deepEqual(targetOf(`${pub}/p2p/${PEER}`), { peer: PEER, addrs: [`${pub}/p2p/${PEER}`] })
    assert.equal(targetOf(pub), undefined)
  })
})
