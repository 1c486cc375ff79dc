import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { withDeadline } from './deadline.ts'
import { isBadPeerError, RateLimitedError, StreamFailedError, toStreamError } from './errors.ts'
import { frames } from './streams.ts'
import { type TokenBuckets, tokenBuckets } from './token-bucket.ts'

/** Requests of one protocol served at the same time for all peers together. */
const MAX_CONCURRENT = 128

export interface HandleLimits {
  /** from the opening of the stream to the end of the reply, the handler's own work included */
  timeoutMs: number
  /** open at the same time per connection */
  maxInboundStreams: number
  perPeerPerSecond: number
  /** requests a peer may send at once @default twice `perPeerPerSecond`, at least 4 */
  burst?: number
  /** @default 128 */
  maxConcurrent?: number
  /** a peer that sent what an honest peer never sends */
  onBadPeer?: (peer: string, error: Error) => void
  /** a peer that asked more often than it may @default it is refused, nothing else */
  onExcess?: (peer: string) => void
  /** unix milliseconds @default Date.now */
  now?: () => number
}

export interface RequestLimits extends HandleLimits {
  maxRequestBytes: number
}

export interface HandlerContext {
  /** fires when the time is over or the peer has left: nobody waits for the reply any more */
  signal: AbortSignal
}

type StreamWork = (stream: Stream, peer: string, signal: AbortSignal) => Promise<void>
export type Registrar = Pick<Libp2p, 'handle' | 'unhandle'>

/**
 * Serves a request/response protocol: one message in, one out. A handler that throws gets the stream aborted; when what it
 * throws says that the peer's bytes were bad, `onBadPeer` is told. Returns the function that unregisters.
 */
export function handle(
  libp2p: Registrar,
  protocol: string,
  limits: RequestLimits,
  handler: (bytes: Uint8Array, peer: string, context: HandlerContext) => Promise<Uint8Array>
): Promise<() => Promise<void>> {
  return handleStream(libp2p, protocol, limits, limits.maxRequestBytes, async (stream, peer, signal) => {
    const messages = frames(stream, limits.maxRequestBytes)
    const message = await messages.read({ signal })
    const reply = await whileOpen(stream, signal, gone => handler(message.subarray(), peer, { signal: gone }))
    await messages.write(reply, { signal })
    await stream.close({ signal })
  })
}

/** Work with a signal that also fires when the stream ends. Apart from the deadline's: a reply that was read ends the stream too. */
async function whileOpen<T>(stream: Stream, signal: AbortSignal, work: (gone: AbortSignal) => Promise<T>): Promise<T> {
  const closed = new AbortController()
  const onClose = (): void => closed.abort(new StreamFailedError('the request', 'the peer has left'))
  stream.addEventListener('close', onClose, { once: true })
  // whoever left before gets no event any more
  if (stream.status !== 'open' && stream.status !== 'closing') onClose()
  try {
    return await work(AbortSignal.any([signal, closed.signal]))
  } finally {
    stream.removeEventListener('close', onClose)
  }
}

/** The same limits around any work on an inbound stream; the work closes the stream. */
export async function handleStream(
  libp2p: Registrar,
  protocol: string,
  limits: HandleLimits,
  maxMessageBytes: number,
  work: StreamWork
): Promise<() => Promise<void>> {
  const { perPeerPerSecond, maxConcurrent = MAX_CONCURRENT, maxInboundStreams, onBadPeer } = limits
  const burst = limits.burst ?? Math.max(4, 2 * perPeerPerSecond)
  const buckets = tokenBuckets(perPeerPerSecond, burst, limits.now ?? Date.now)
  let active = 0

  const onStream = async (stream: Stream, connection: Connection): Promise<void> => {
    const peer = connection.remotePeer.toString()
    active++
    try {
      if (active > maxConcurrent) throw new RateLimitedError(protocol, peer, 'all places are taken')
      admit(peer, protocol, buckets, limits)
      await withDeadline(protocol, limits.timeoutMs, undefined, signal => work(stream, peer, signal))
    } catch (reason) {
      const error = toStreamError(reason, `request of ${protocol}`, maxMessageBytes)
      stream.abort(error)
      if (isBadPeerError(error)) onBadPeer?.(peer, error)
    } finally {
      active--
    }
  }
  // a peer that is reached through a relay alone is a peer
  await libp2p.handle(protocol, onStream, { maxInboundStreams, runOnLimitedConnection: true })
  return () => libp2p.unhandle(protocol)
}

function admit(
  peer: string,
  protocol: string,
  buckets: TokenBuckets,
  { perPeerPerSecond, onExcess }: HandleLimits
): void {
  if (buckets.take(peer)) return
  onExcess?.(peer)
  throw new RateLimitedError(protocol, peer, `${perPeerPerSecond} a second`)
}
