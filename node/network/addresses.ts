import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'

/** Most addresses a peer announces and most that are tried for one dial. */
export const MAX_ADDRS = 8

/** A peer to talk to: its id and where it may be found. */
export interface DialTarget {
  peer: string
  addrs: readonly string[]
}

const LOOPBACK = /^\/(ip4\/127\.|ip6\/::1\/)/
const LINK_LOCAL = /^\/(ip4\/169\.254\.|ip6\/fe80:)/
const PRIVATE =
  /^\/(ip4\/(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)|ip6\/f[cd])/
/** plain TCP only: the other transports skip the noise handshake and with it the network's gate */
const DIALABLE = /^\/(ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d{1,5}(\/p2p\/[1-9A-HJ-NP-Za-km-z]+)?$/

function rank(addr: string): number {
  if (LOOPBACK.test(addr)) return 2
  return PRIVATE.test(addr) ? 1 : 0
}

/**
 * What a node tells others about where it is: public addresses first, then private, at most 8. Loopback helps only peers on
 * the same machine and makes all others dial themselves, so it is left out unless nothing else is there or the network
 * is a local one (`announceLoopback`).
 */
export function announceable(addrs: readonly string[], announceLoopback: boolean): string[] {
  const usable = [...new Set(addrs)].filter(a => DIALABLE.test(a) && !LINK_LOCAL.test(a))
  const others = usable.filter(a => !LOOPBACK.test(a)).sort((a, b) => rank(a) - rank(b))
  const loopback = usable.filter(a => LOOPBACK.test(a))
  if (others.length === 0) return loopback.slice(0, MAX_ADDRS)
  if (!announceLoopback) return others.slice(0, MAX_ADDRS)
  return [...loopback.slice(0, 2), ...others].slice(0, MAX_ADDRS)
}

/**
 * The addresses of a stranger that are worth a dial: TCP, at most 8, each bound to the peer's id so that nobody else can
 * answer. Addresses that name another peer are dropped.
 */
export function dialAddrs(target: DialTarget): Multiaddr[] {
  const bound: Multiaddr[] = []
  for (const addr of target.addrs.slice(0, MAX_ADDRS)) {
    if (!DIALABLE.test(addr)) continue
    const [, named] = addr.split('/p2p/')
    if (named !== undefined && named !== target.peer) continue
    const parsed = tryMultiaddr(named === undefined ? `${addr}/p2p/${target.peer}` : addr)
    if (parsed !== undefined) bound.push(parsed)
  }
  return bound
}

/** Splits `/…/p2p/<id>` into a target; undefined when there is no id. */
export function targetOf(addr: string): DialTarget | undefined {
  const peer = /\/p2p\/([1-9A-HJ-NP-Za-km-z]+)$/.exec(addr)?.[1]
  return peer === undefined ? undefined : { peer, addrs: [addr] }
}

function tryMultiaddr(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text)
  } catch {
    return undefined
  }
}
