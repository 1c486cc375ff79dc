import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import type { AbortOptions } from '../components.ts'
import { type DialTarget, dialAddrs } from './addresses.ts'
import { withDeadline } from './deadline.ts'
import { PeerUnreachableError, toStreamError } from './errors.ts'

/** Beyond the largest message this much more may arrive before the stream is cut: the muxer hands over whole frames. */
const BUFFER_SLACK_BYTES = 1024 * 1024

export interface RequestOptions extends AbortOptions {
  maxReplyBytes: number
  /** for the dial, the request and the reply together */
  timeoutMs: number
}

/** The part of libp2p that the helpers use. */
export type Dialer = Pick<Libp2p, 'dial' | 'getConnections'>

/**
 * An open connection to the peer, or a new one to one of its addresses (at most 8), proven to be this peer's.
 *
 * @throws PeerUnreachableError
 */
export async function connect(libp2p: Dialer, target: DialTarget, options: AbortOptions = {}): Promise<Connection> {
  const addrs = dialAddrs(target)
  try {
    const peerId = peerIdFromString(target.peer)
    const open = bestOf(libp2p.getConnections(peerId))
    // without addresses the peer store may know one
    return open ?? (await libp2p.dial(addrs.length > 0 ? addrs : peerId, options))
  } catch (cause) {
    options.signal?.throwIfAborted()
    const tried = addrs.map(a => a.toString())
    throw new PeerUnreachableError(target.peer, tried, cause)
  }
}

/** A connection to use: a direct one where there is one, since a relay is slower, bounded, and somebody else's. */
export function bestOf(connections: readonly Connection[]): Connection | undefined {
  const open = connections.filter(c => c.status === 'open')
  return open.find(c => c.direct) ?? open[0]
}

/**
 * Sends one message and returns the one reply. The stream is closed in every case.
 *
 * @throws PeerUnreachableError, RequestTimeoutError, TooLargeError, StreamFailedError
 */
export function request(
  libp2p: Dialer,
  target: DialTarget,
  protocol: string,
  bytes: Uint8Array,
  options: RequestOptions
): Promise<Uint8Array> {
  const { maxReplyBytes, timeoutMs, signal } = options
  return withDeadline(protocol, timeoutMs, signal, async deadline => {
    const stream = await open(libp2p, target, protocol, deadline)
    try {
      const messages = frames(stream, maxReplyBytes)
      await messages.write(bytes, { signal: deadline })
      const reply = await messages.read({ signal: deadline })
      await stream.close({ signal: deadline })
      return reply.subarray()
    } catch (reason) {
      const error = toStreamError(reason, `reply to ${protocol}`, maxReplyBytes)
      stream.abort(error)
      throw error
    }
  })
}

/** A new stream to the peer. A protocol that the peer does not speak is a StreamFailedError. */
export async function open(libp2p: Dialer, target: DialTarget, protocol: string, signal: AbortSignal): Promise<Stream> {
  const connection = await connect(libp2p, target, { signal })
  try {
    return await connection.newStream(protocol, { signal, runOnLimitedConnection: true })
  } catch (reason) {
    throw toStreamError(reason, protocol, 0)
  }
}

/** Length-prefixed messages of at most `maxBytes` each; more than `unreadBytes` (one message) waiting ends the stream. */
export function frames(
  stream: Stream,
  maxBytes: number,
  unreadBytes: number = maxBytes
): ReturnType<typeof lpStream<Stream>> {
  return lpStream(stream, { maxDataLength: maxBytes, maxBufferSize: unreadBytes + BUFFER_SLACK_BYTES })
}
