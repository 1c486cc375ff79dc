import type { CID } from 'multiformats/cid'
import { CAR_LIMITS, CAR_PROTOCOL } from '../../../protocols/data/limits.ts'
import { handleStream, type Registrar } from '../../network/handle.ts'
import type { Served } from '../storage.ts'
import { sendCar } from './car-sender.ts'
import { PLACES_PER_PEER } from './places.ts'

/** Streams served at the same time: each may hold the window, 8 MiB, and eight blocks read ahead, 8 MiB of our own making. */
const MAX_SERVED = 16
/** Streams open per connection: a peer that follows the rules uses half of them, the others are being closed. */
const MAX_STREAMS = 2 * PLACES_PER_PEER
/** A stream ends after this long whatever happens; the receiver resumes. 4 GiB at 200 KB/s. */
const SERVE_MS = 6 * 3600 * 1000
/** Streams a peer may open: one for each input and result, so many at once when jobs come in dozens. */
const PER_SECOND = 20
const BURST = 100
/** A receiver must deal with a MiB in this time, 17 KB/s, or lose its place. */
const STALL_MS = 60_000

export interface ServeInit {
  /** a local block, checked. @throws UserError: it is not here */
  read: (cid: CID, options: { signal: AbortSignal }) => Promise<Uint8Array>
  /** the peer did what no honest peer does */
  strike: (peer: string) => void
  onServed: (served: Served) => void
  /** @default 60000 */
  stallMs?: number
}

/** Serves `/dcn/car/1.0.0` to whoever knows a CID, as bitswap does. Returns the function that ends it. */
export function serveCars(libp2p: Registrar, init: ServeInit): Promise<() => Promise<void>> {
  const { read, strike, onServed, stallMs = STALL_MS } = init
  const limits = {
    timeoutMs: SERVE_MS,
    maxInboundStreams: MAX_STREAMS,
    perPeerPerSecond: PER_SECOND,
    burst: BURST,
    maxConcurrent: MAX_SERVED,
    onBadPeer: strike
  }
  return handleStream(libp2p, CAR_PROTOCOL, limits, CAR_LIMITS.controlBytes, (stream, peer, signal) =>
    sendCar(stream, {
      read: cid => read(cid, { signal }),
      signal,
      stallMs,
      onTaken: (root, bytes) => onServed({ peer, root: root.toString(), bytes })
    })
  )
}
