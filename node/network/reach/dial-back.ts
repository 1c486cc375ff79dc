import type { Libp2p } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import {
  DIAL_BACK_PROTOCOL,
  type DialBackReply,
  dialBackReplies,
  dialBackRequests,
  REACH_LIMITS
} from '../../../protocols/reach/messages.ts'
import { withDeadline } from '../deadline.ts'
import { StreamFailedError } from '../errors.ts'
import { handle } from '../handle.ts'
import type { Host } from '../host.ts'
import { request } from '../streams.ts'
import { addrOf, placeOf } from './place.ts'

/** One port after the other; a filtered one costs its whole time. */
const DIAL_TIMEOUT_MS = 2_500
const ASK_TIMEOUT_MS = REACH_LIMITS.ports * DIAL_TIMEOUT_MS + 2_000
/** A host asks when it starts and when its network changes. Each request costs us two dials. */
const ASKED_PER_SECOND = 0.1
const ASKED_BURST = 4
const MAX_CONCURRENT = 16

/**
 * Serves dial-backs. The dial goes to the address that the asker is seen at and to no other, so that nobody can have strangers'
 * hosts knocked at, and counts only when the asker proves its key.
 */
export function serveDialBacks(host: Host, nowMs: () => number): Promise<() => Promise<void>> {
  const limits = {
    maxRequestBytes: REACH_LIMITS.messageBytes,
    timeoutMs: ASK_TIMEOUT_MS,
    maxInboundStreams: 2,
    perPeerPerSecond: ASKED_PER_SECOND,
    burst: ASKED_BURST,
    maxConcurrent: MAX_CONCURRENT,
    onBadPeer: (peer: string) => void host.penalties.strike(peer),
    now: nowMs
  }
  return handle(host.libp2p, DIAL_BACK_PROTOCOL, limits, async (bytes, peer, { signal }) => {
    const { ports } = dialBackRequests.decode(bytes)
    const seen = seenAt(host.libp2p, peer)
    const open: number[] = []
    for (const port of new Set(ports))
      if (await answers(host.libp2p, { ip: seen.ip, port }, peer, signal)) open.push(port)
    return dialBackReplies.encode({ seen, open })
  })
}

function seenAt(libp2p: Libp2p, peer: string): DialBackReply['seen'] {
  for (const { direct, remoteAddr } of libp2p.getConnections(peerIdFromString(peer))) {
    const place = direct ? placeOf(remoteAddr.toString()) : undefined
    if (place !== undefined) return place
  }
  throw new StreamFailedError('the dial-back', 'the peer is connected through a relay only')
}

async function answers(
  libp2p: Host['libp2p'],
  place: DialBackReply['seen'],
  peer: string,
  parent: AbortSignal | undefined
): Promise<boolean> {
  try {
    const connection = await withDeadline('dialling back', DIAL_TIMEOUT_MS, parent, signal =>
      libp2p.services.transports.dial(addrOf(place, peer), signal)
    )
    const isPeer = connection.remotePeer.toString() === peer
    await connection.close({ signal: AbortSignal.timeout(DIAL_TIMEOUT_MS) }).catch(error => connection.abort(error))
    return isPeer
  } catch {
    return false
  }
}

/** Has a connected peer dial this host back. @throws what `request` throws */
export async function askDialBack(
  libp2p: Libp2p,
  peer: string,
  ports: readonly number[],
  signal: AbortSignal
): Promise<DialBackReply> {
  const message = dialBackRequests.encode({ ports: [...new Set(ports)].slice(0, REACH_LIMITS.ports) })
  const reply = await request(libp2p, { peer, addrs: [] }, DIAL_BACK_PROTOCOL, message, {
    maxReplyBytes: REACH_LIMITS.messageBytes,
    timeoutMs: ASK_TIMEOUT_MS,
    signal
  })
  return dialBackReplies.decode(reply)
}
