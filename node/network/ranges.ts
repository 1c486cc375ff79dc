import { BlockList, isIP } from 'node:net'

/**
 * Kinds of IP addresses. Compared as numbers and never as text: one IPv6 address is written in many ways, and an IPv4 address
 * inside an IPv6 one is the same host.
 */
const RANGES = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linkLocal: ['169.254.0.0/16', 'fe80::/10'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10'],
  /** this host, many hosts, the future */
  nobody: ['0.0.0.0/8', '224.0.0.0/3', '::/128', 'ff00::/8']
} as const
export type Range = keyof typeof RANGES

const LISTS = Object.fromEntries(Object.entries(RANGES).map(([kind, nets]) => [kind, listOf(nets)])) as Record<
  Range,
  BlockList
>

function listOf(nets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const net of nets) {
    const [ip = '', prefix] = net.split('/')
    list.addSubnet(ip, Number(prefix), familyOf(ip))
  }
  return list
}

/** Whether it is of this kind. False for what is no IP address, such as a name. */
export const isIn = (range: Range, ip: string): boolean => isIP(ip) !== 0 && LISTS[range].check(ip, familyOf(ip))

export function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return ip.includes(':') ? 'ipv6' : 'ipv4'
}

/** The IP address at the front of a multiaddr; undefined for a name. */
export const ipOf = (addr: string): string | undefined => /^\/ip[46]\/([^/]+)/.exec(addr)?.[1]
