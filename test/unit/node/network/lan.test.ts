import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import { lanDiscovery, lanService, onLan } from '../../../../node/network/lan.ts'

const PEER = '12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
const info = (addrs: string[]) => ({ multiaddrs: addrs.map(a => multiaddr(a)) })

describe('members on the LAN', () => {
  it('default: a service for each network, which tells nothing of its name', () => {
    const [a, b] = [lanService('lab-aaaa'), lanService('lab-bbbb')]
    assert.match(a, /^_dcn-[a-z2-7]{16}\._udp\.local$/)
    assert.notEqual(a, b)
  })

  it('default: addresses of networks that this host is in', () => {
    assert.deepEqual(onLan(info(['/ip4/127.0.0.1/tcp/4101'])), ['/ip4/127.0.0.1/tcp/4101'])
  })

  it('error: hosts elsewhere, names, relays; more addresses than a peer has', () => {
    const elsewhere = [
      '/ip4/203.0.113.1/tcp/1',
      '/ip6/2001:db8::1/tcp/1',
      '/dns4/localhost/tcp/1',
      `/ip4/127.0.0.1/tcp/1/p2p/${PEER}/p2p-circuit`
    ]
    assert.deepEqual(onLan(info(elsewhere)), [])
    const many = Array.from({ length: 50 }, (_, i) => `/ip4/127.0.0.1/tcp/${i + 1}`)
    assert.equal(onLan(info(many)).length, 8)
  })

  it('behavior: whom the LAN names is told to nobody else, who would keep it', () => {
    const found: string[] = []
    const logger = { forComponent: () => Object.assign(() => undefined, { trace() {}, error() {} }) }
    const discovery = lanDiscovery('lab-aaaa', peer => found.push(peer))({ logger } as never)
    let kept = 0
    discovery.addEventListener('peer', () => void kept++)
    discovery.dispatchEvent(new CustomEvent('peer', { detail: { id: PEER, ...info([]) } as never }))
    assert.deepEqual([found, kept], [[PEER], 0])
  })
})
