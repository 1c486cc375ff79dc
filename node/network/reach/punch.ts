import type { Connection, Stream } from '@libp2p/interface'
import {
  type Place,
  PUNCH_PROTOCOL,
  type PunchMessage,
  punchMessages,
  REACH_LIMITS
} from '../../../protocols/reach/messages.ts'
import type { AbortOptions, Log } from '../../components.ts'
import { pause, withDeadline } from '../deadline.ts'
import { handleStream } from '../handle.ts'
import type { Host } from '../host.ts'
import { isIn } from '../ranges.ts'
import { frames } from '../streams.ts'
import { isNear } from './interfaces.ts'
import { meet } from './meet.ts'
import { retireRelayed } from './retire.ts'

/** From the first message to a connection or to giving up: the slowest relay, three SYNs. */
const PUNCH_TIMEOUT_MS = 12_000
/** After a failure, while the circuit is there: what was asleep or busy is tried again, what cannot work costs little. */
const AGAIN_AFTER_MS = [5_000, 30_000, 300_000]
/** A peer may ask for few meetings: each makes us send packets to places that it names. */
const ASKED_PER_SECOND = 1 / 5
const ASKED_BURST = 4
const MAX_CONCURRENT = 16

export interface PunchParts {
  host: Host
  log: Log
  nowMs(): number
  /** where others see the port that connections leave from, and where this host listens */
  places(): PunchMessage
}

/**
 * Makes a direct connection out of a relayed one. Both sides tell the other where the world sees their port, wait until the
 * message has arrived, and connect at the same time: each translation takes the other's packets for answers. Whoever was
 * called through the relay begins, and plays the one that is asked in the handshakes.
 */
export class HolePuncher {
  readonly punched = { worked: 0, failed: 0 }
  readonly #c: PunchParts
  readonly #shutdown = new AbortController()
  readonly #busy = new Set<string>()
  readonly #running = new Set<Promise<void>>()
  #unhandle: (() => Promise<void>) | undefined

  constructor(parts: PunchParts) {
    this.#c = parts
  }

  async start(): Promise<void> {
    const { host, nowMs } = this.#c
    host.libp2p.addEventListener('connection:open', this.#onOpen)
    const limits = {
      timeoutMs: PUNCH_TIMEOUT_MS,
      maxInboundStreams: 1,
      perPeerPerSecond: ASKED_PER_SECOND,
      burst: ASKED_BURST,
      maxConcurrent: MAX_CONCURRENT,
      onBadPeer: (peer: string) => void host.penalties.strike(peer),
      now: nowMs
    }
    this.#unhandle = await handleStream(
      host.libp2p,
      PUNCH_PROTOCOL,
      limits,
      REACH_LIMITS.messageBytes,
      async (stream, peer, signal) => await this.#answer(stream, peer, signal)
    )
  }

  async stop(): Promise<void> {
    this.#shutdown.abort(new Error('the node stops'))
    this.#c.host.libp2p.removeEventListener('connection:open', this.#onOpen)
    await this.#unhandle?.()
    await Promise.all(this.#running)
  }

  readonly #onOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
    if (connection.direct) return
    const peer = connection.remotePeer.toString()
    if (connection.direction === 'outbound') {
      this.#watch(retireRelayed(this.#c.host.libp2p, connection, this.#signal))
      return
    }
    if (this.#busy.has(peer)) return
    this.#busy.add(peer)
    this.#watch(this.#upgrade(connection, peer).finally(() => this.#busy.delete(peer)))
  }

  get #signal(): AbortSignal {
    return this.#shutdown.signal
  }

  #watch(work: Promise<void>): void {
    const watched = work.finally(() => this.#running.delete(watched))
    this.#running.add(watched)
  }

  async #upgrade(circuit: Connection, peer: string): Promise<void> {
    const { log } = this.#c
    for (const waitMs of [...AGAIN_AFTER_MS, 0]) {
      if (circuit.status !== 'open' || this.#signal.aborted || this.#isDirect(circuit)) break
      try {
        await withDeadline('hole punching', PUNCH_TIMEOUT_MS, this.#signal, signal => this.#ask(circuit, peer, signal))
        this.punched.worked++
        log.info({ peer }, 'a direct connection instead of a relayed one')
        break
      } catch (error) {
        if (this.#signal.aborted) return
        this.punched.failed++
        log.debug({ peer, error }, 'no direct connection')
        await pause(waitMs, this.#signal)
      }
    }
    await retireRelayed(this.#c.host.libp2p, circuit, this.#signal)
  }

  #isDirect({ remotePeer }: Connection): boolean {
    return this.#c.host.libp2p.getConnections(remotePeer).some(c => c.direct && c.status === 'open')
  }

  async #ask(circuit: Connection, peer: string, signal: AbortSignal): Promise<void> {
    const stream = await circuit.newStream(PUNCH_PROTOCOL, { signal, runOnLimitedConnection: true })
    try {
      const messages = frames(stream, REACH_LIMITS.messageBytes)
      const start = performance.now()
      await messages.write(punchMessages.encode(this.#c.places()), { signal })
      const theirs = punchMessages.decode((await messages.read({ signal })).subarray())
      const rttMs = performance.now() - start
      await messages.write(punchMessages.encode(GO), { signal })
      // so long does the word take to the other side
      await pause(rttMs / 2, signal)
      await this.#meet(peer, theirs, false, { signal })
    } finally {
      await stream.close({ signal }).catch(error => stream.abort(error))
    }
  }

  async #answer(stream: Stream, peer: string, signal: AbortSignal): Promise<void> {
    const messages = frames(stream, REACH_LIMITS.messageBytes)
    const theirs = punchMessages.decode((await messages.read({ signal })).subarray())
    await messages.write(punchMessages.encode(this.#c.places()), { signal })
    punchMessages.decode((await messages.read({ signal })).subarray())
    // before the meeting: how long it lasted would tell a member which places in this house refuse, and which are silent
    await stream.close({ signal })
    try {
      await this.#meet(peer, theirs, true, { signal: AbortSignal.any([signal, this.#signal]) })
      this.punched.worked++
    } catch {
      // the other side counts, and begins anew
    }
  }

  async #meet(
    peer: string,
    theirs: PunchMessage,
    initiator: boolean,
    { signal }: Required<AbortOptions>
  ): Promise<void> {
    const { host } = this.#c
    const { mapped, listening } = worthATry(theirs, this.#c.places())
    const { transports } = host.libp2p.services
    await meet({ peer, mapped, listening, localPort: host.sharedPort.port, initiator, signal }, transports.dial)
  }
}

/** Both have what they need. */
const GO: PunchMessage = { mapped: [], listening: [] }

/**
 * What a member may have us send packets to: places in our own network where it listens, and where the outside sees it. The
 * second are public, or private where we are seen with a private address, too: whatever else has such an address is not
 * the peer but somebody of our own house.
 */
export function worthATry(theirs: PunchMessage, own: PunchMessage): PunchMessage {
  const inside = own.mapped.some(isPrivatePlace)
  return {
    mapped: theirs.mapped.filter(p => !isHere(p) && (!isPrivatePlace(p) || inside)).slice(0, REACH_LIMITS.places),
    listening: theirs.listening
      .filter(p => !isHere(p) && (isNear(p.ip) || !isPrivatePlace(p)))
      .slice(0, REACH_LIMITS.places)
  }
}

const isPrivatePlace = ({ ip }: Place): boolean => isIn('private', ip)
/** this host itself, a cable, or everybody at once */
const isHere = ({ ip }: Place): boolean => HERE.some(range => isIn(range, ip))
const HERE = ['loopback', 'linkLocal', 'nobody'] as const
