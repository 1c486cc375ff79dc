import { BlockList, isIP, isIPv4 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'

/** IPv4 addresses that are not somebody's on the public internet (IANA's special-purpose registry, multicast, reserved). */
export const PRIVATE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4'
] as const
/** All of IPv6 that is given out; mapped, translated (64:ff9b::), unique local and link-local addresses lie outside. */
const GLOBAL_IPV6 = ['2000::/3']
/** Inside it: Teredo and the other protocol assignments, documentation, 6to4 (an IPv4 address inside). */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const notPublic4 = ranges(PRIVATE_IPV4)
const global6 = ranges(GLOBAL_IPV6)
const special6 = ranges(SPECIAL_IPV6)

/** Whether an address is on the public internet, and so may be somebody else's and not this host's or its neighbours'. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !notPublic4.check(address, 'ipv4')
  // a zone (fe80::1%eth0) names an interface of this host
  if (isIP(address) !== 6 || address.includes('%')) return false
  return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6')
}

/** An interface as `networkInterfaces()` tells it: its address with the length of its network's prefix. */
export type InterfaceAddress = Pick<NetworkInterfaceInfo, 'address' | 'family' | 'cidr'>

/**
 * Whether an address is one of this host's own or of a network that it is on, as its interfaces are now: a server's public address
 * is, and so are the global IPv6 addresses of the operator's other machines, which a home router's firewall does not keep from here.
 */
export function isLocalAddress(address: string, interfaces: readonly InterfaceAddress[] = hostAddresses()): boolean {
  const local = new BlockList()
  for (const { address: mine, family, cidr } of interfaces) {
    const kind = family === 'IPv4' ? 'ipv4' : 'ipv6'
    const net = mine.replace(/%.*$/, '')
    local.addAddress(net, kind)
    const bits = Number(cidr?.split('/')[1] ?? 0)
    // a tunnel may say that everything is on its network
    if (bits >= MIN_PREFIX[kind]) local.addSubnet(net, bits, kind)
  }
  return local.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/** Shorter prefixes are no network that one has machines on. */
const MIN_PREFIX = { ipv4: 16, ipv6: 48 }

const hostAddresses = (): InterfaceAddress[] => Object.values(networkInterfaces()).flatMap(i => i ?? [])

function ranges(list: readonly string[]): BlockList {
  const blocks = new BlockList()
  for (const range of list) {
    const [net = '', bits] = range.split('/')
    blocks.addSubnet(net, Number(bits), isIPv4(net) ? 'ipv4' : 'ipv6')
  }
  return blocks
}
