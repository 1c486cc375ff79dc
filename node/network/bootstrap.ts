import type { Libp2p } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type DialTarget, dialAddrs, targetOf } from './addresses.ts'
import { pause, withDeadline } from './deadline.ts'

/** First wait after a failed dial; doubles up to the maximum. */
const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 60_000
/** How often a live connection is looked at: a lost one is redialled after at most this. */
const CHECK_MS = 5_000
const DIAL_TIMEOUT_MS = 10_000
/** above every other tag but an active job's: bootstraps are the last to be pruned */
const TAG = { 'keep-alive-bootstrap': { value: 50 } }

export interface BootstrapInit {
  addrs: readonly string[]
  /** 0 ≤ random() < 1, spreads the redials of nodes that lost the same bootstrap */
  random: () => number
  signal: AbortSignal
}

/**
 * Keeps a connection to each bootstrap peer until the signal fires. libp2p's own redial gives up after about 30 s and drops
 * the tag for good, hence this loop. Never rejects.
 */
export async function keepBootstrapped(libp2p: Libp2p, init: BootstrapInit): Promise<void> {
  await Promise.all(targetsOf(init.addrs).map(target => keepOne(libp2p, target, init)))
}

/** One for each peer, with all of its addresses: they are tried together. */
function targetsOf(addrs: readonly string[]): DialTarget[] {
  const byPeer = new Map<string, string[]>()
  for (const target of addrs.map(targetOf)) {
    if (target !== undefined) byPeer.set(target.peer, [...(byPeer.get(target.peer) ?? []), ...target.addrs])
  }
  return [...byPeer].map(([peer, all]) => ({ peer, addrs: [...new Set(all)] }))
}

async function keepOne(libp2p: Libp2p, target: DialTarget, { random, signal }: BootstrapInit): Promise<void> {
  if (target.peer === libp2p.peerId.toString()) return
  let waitMs = FIRST_WAIT_MS
  while (!signal.aborted) {
    const connected = await ensure(libp2p, target, signal)
    waitMs = connected ? FIRST_WAIT_MS : Math.min(waitMs * 2, MAX_WAIT_MS)
    await pause((connected ? CHECK_MS : waitMs) * (0.5 + random()), signal)
  }
}

async function ensure(libp2p: Libp2p, target: DialTarget, signal: AbortSignal): Promise<boolean> {
  try {
    const peerId = peerIdFromString(target.peer)
    if (libp2p.getConnections(peerId).some(c => c.status === 'open')) return true
    await withDeadline('bootstrap dial', DIAL_TIMEOUT_MS, signal, s => libp2p.dial(dialAddrs(target), { signal: s }))
    await libp2p.peerStore.merge(peerId, { tags: TAG })
    return true
  } catch {
    return false
  }
}
