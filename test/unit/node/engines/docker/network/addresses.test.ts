import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { isLocalAddress, isPublicAddress } from '../../../../../../node/engines/docker/network/addresses.ts'

describe('engines/docker/network/addresses', () => {
  it('default: addresses of the public internet', () => {
    for (const address of ['1.1.1.1', '93.184.216.34', '223.255.255.255', '2606:4700::1111', '2a00::1']) {
      assert.equal(isPublicAddress(address), true, address)
    }
  })
  it('error: loopback, private, link-local, shared, multicast, reserved, and whatever hides one of them', () => {
    const inside = `0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1
      172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
      239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:1.1.1.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1
      100::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2606::1%lo`
    for (const address of inside.split(/\s+/)) assert.equal(isPublicAddress(address), false, address)
  })
  it('error: what is no address', () => {
    for (const text of ['', 'localhost', '2130706433', '0x7f000001', '127.1', '1.1.1.1.', '[::1]', ' 1.1.1.1']) {
      assert.equal(isPublicAddress(text), false, text)
    }
  })
  it('behavior: every address of this host is its own', () => {
    const mine = Object.values(networkInterfaces()).flatMap(i => (i ?? []).map(({ address }) => address))
    for (const address of mine) assert.equal(isLocalAddress(address), true, address)
    assert.equal(isLocalAddress('1.1.1.1'), false)
  })
  it('behavior: so is every address of the networks that it is on', () => {
    const interfaces = [
      { address: '203.0.114.9', family: 'IPv4' as const, cidr: '203.0.114.9/24' },
      { address: '2a00:1::9', family: 'IPv6' as const, cidr: '2a00:1::9/64' },
      { address: '8.8.8.8', family: 'IPv4' as const, cidr: '8.8.8.8/0' },
      { address: '2600::1', family: 'IPv6' as const, cidr: '2600::1/3' },
      { address: '9.9.9.9', family: 'IPv4' as const, cidr: null }
    ]
    const isLocal = (address: string) => isLocalAddress(address, interfaces)
    for (const address of ['203.0.114.1', '2a00:1::ffff:1', '8.8.8.8', '2600::1', '9.9.9.9'])
      assert.equal(isLocal(address), true, address)
    for (const address of ['203.0.115.1', '2a00:1:0:1::9', '1.1.1.1', '2600::2', '9.9.9.8'])
      assert.equal(isLocal(address), false, address)
  })
})
