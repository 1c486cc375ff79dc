import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { ipOf, isIn } from './ranges.ts'

/** Most addresses a peer announces and most that are tried for one dial. */
export const MAX_ADDRS = 8
/** Of these through relays: two relays, and one that is about to be left. */
export const MAX_RELAYED = 3
/** A job offer has 1 KiB for everything: what all its addresses take together. */
const MAX_ADDRS_BYTES = 640
/** The longest that is looked at: a DNS name of 63 letters and two peer ids. */
const MAX_ADDR_BYTES = 256

/** A peer to talk to: its id and where it may be found. */
export interface DialTarget {
  peer: string
  addrs: readonly string[]
}

const ID = '[1-9A-HJ-NP-Za-km-z]{40,64}'
/** plain TCP only: the other transports skip the noise handshake and with it the network's gate */
const DIRECT = new RegExp(`^/(ip4|ip6|dns|dns4|dns6)/[^/]{1,64}/tcp/\\d{1,5}(/p2p/(${ID}))?$`)
/** through exactly one relay, which is named and reached by TCP: a chain of relays is a loop for whoever follows it */
const RELAYED = new RegExp(`^(/(?:ip4|ip6|dns|dns4|dns6)/[^/]{1,64}/tcp/\\d{1,5})/p2p/(${ID})/p2p-circuit/p2p/(${ID})$`)

/** What a dialable address says; undefined for every other one. */
export interface AddressParts {
  /** the peer it ends at, when it is named */
  peer: string | undefined
  /** the relay in between */
  relay: string | undefined
  /** the part up to the port */
  host: string
}

export function addressParts(addr: string): AddressParts | undefined {
  if (addr.length > MAX_ADDR_BYTES || isIn('nobody', ipOf(addr) ?? '')) return undefined
  const relayed = RELAYED.exec(addr)
  if (relayed !== null) {
    const [, host = '', relay, peer] = relayed
    return relay === peer ? undefined : { host, relay, peer }
  }
  const direct = DIRECT.exec(addr)
  if (direct === null) return undefined
  return { host: addr.split('/p2p/')[0] ?? addr, relay: undefined, peer: direct[3] }
}

export const isLoopback = (addr: string): boolean => isIn('loopback', ipOf(addr) ?? '')
export const isPrivate = (addr: string): boolean => isIn('private', ipOf(addr) ?? '')
export const isRelayed = (addr: string): boolean => addr.includes('/p2p-circuit')

/** A node that only this machine reaches has nothing to say on the LAN. */
export const listensOnLoopbackOnly = (listen: readonly string[]): boolean => listen.every(isLoopback)

/** Whether an address is one that this program dials; whose it is, is another matter. */
export const isDialable = (addr: string): boolean => addressParts(addr) !== undefined

/** The address with the peer that is to answer there. */
export const withPeer = (addr: string, peer: string): string =>
  addr.endsWith(`/p2p/${peer}`) ? addr : `${addr}/p2p/${peer}`

function rank(addr: string): number {
  if (isLoopback(addr)) return 2
  return isPrivate(addr) ? 1 : 0
}

/**
 * What a node tells others about where it is: public addresses first, then one for each relay, then private, at most 8.
 * Loopback helps only peers on the same machine and makes all others dial themselves, so it is left out unless nothing else
 * is there or the network is a local one (`announceLoopback`).
 */
export function announceable(addrs: readonly string[], announceLoopback: boolean): string[] {
  const usable = [...new Set(addrs)].filter(a => addressParts(a) !== undefined && !isIn('linkLocal', ipOf(a) ?? ''))
  const direct = usable.filter(a => !isRelayed(a))
  const relayed = oneForEachRelay(usable.filter(isRelayed), announceLoopback)
  const loopback = direct.filter(isLoopback)
  const others = direct.filter(a => !isLoopback(a))
  const sorted = [...others.filter(a => !isPrivate(a)), ...relayed, ...others.filter(isPrivate)]
  if (sorted.length === 0) return fitting(loopback)
  return fitting(announceLoopback ? [...loopback.slice(0, 2), ...sorted] : sorted)
}

/** A relay has many addresses: the most public one of each, in an order that does not change with the order they came in. */
function oneForEachRelay(addrs: readonly string[], loopback: boolean): string[] {
  const best = new Map<string, string>()
  const usable = addrs.filter(a => loopback || !isLoopback(a))
  for (const addr of usable.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))) {
    const { relay = '' } = addressParts(addr) ?? {}
    if (!best.has(relay)) best.set(relay, addr)
  }
  return [...best]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, addr]) => addr)
    .slice(0, MAX_RELAYED)
}

function fitting(addrs: readonly string[]): string[] {
  const taken: string[] = []
  let left = MAX_ADDRS_BYTES
  for (const addr of addrs) {
    if (taken.length === MAX_ADDRS || addr.length > left) break
    taken.push(addr)
    left -= addr.length
  }
  return taken
}

/**
 * The addresses of a stranger that are worth a dial: TCP or one relay, at most 8 and of these at most 3 relayed, each bound to
 * the peer's id so that nobody else can answer. Addresses that name another peer, or the peer as its own relay, are dropped.
 */
export function dialAddrs(target: DialTarget): Multiaddr[] {
  const bound: Multiaddr[] = []
  let relayed = 0
  for (const addr of target.addrs.slice(0, MAX_ADDRS)) {
    const parts = addressParts(addr)
    if (parts === undefined || (parts.peer !== undefined && parts.peer !== target.peer)) continue
    if (parts.relay !== undefined && ++relayed > MAX_RELAYED) continue
    const parsed = tryMultiaddr(parts.peer === undefined ? `${addr}/p2p/${target.peer}` : addr)
    if (parsed !== undefined) bound.push(parsed)
  }
  return bound
}

/** Splits `/…/p2p/<id>` into a target; undefined when there is no id. */
export function targetOf(addr: string): DialTarget | undefined {
  const peer = /\/p2p\/([1-9A-HJ-NP-Za-km-z]+)$/.exec(addr)?.[1]
  return peer === undefined ? undefined : { peer, addrs: [addr] }
}

/**
 * Public addresses, then relays. Private addresses come after those: many homes use the same ones, and a stranger's answers to
 * nobody, or to somebody else, after seconds. Two hosts in one house that met through a relay find each other at once.
 */
const PUBLIC = 0
const THROUGH_RELAY = 1
const NEAR = 2
const FOREIGN = 3
const THIS_MACHINE = 4

/**
 * In which order addresses are tried: the first that answers is kept, and each that does not costs seconds.
 *
 * @param isNear whether an IP address is in a network that this host is in
 */
export function dialRank(addr: string, isNear: (ip: string) => boolean): number {
  if (isRelayed(addr)) return THROUGH_RELAY
  if (isLoopback(addr)) return THIS_MACHINE
  if (!isPrivate(addr)) return PUBLIC
  return isNear(addr.split('/')[2] ?? '') ? NEAR : FOREIGN
}

function tryMultiaddr(text: string): Multiaddr | undefined {
  try {
    return multiaddr(text)
  } catch {
    return undefined
  }
}
