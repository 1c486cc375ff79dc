import assert from 'node:assert/strict'
import { announceable, dialAddrs, targetOf } from '../../../../node/network/addresses.ts'

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

  it('targetOf: takes the id from the end', () => {
    assert.deepEqual(targetOf(`${pub}/p2p/${PEER}`), { peer: PEER, addrs: [`${pub}/p2p/${PEER}`] })
    assert.equal(targetOf(pub), undefined)
  })
})
