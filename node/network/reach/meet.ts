import type { Connection } from '@libp2p/interface'
import type { Place, PunchMessage } from '../../../protocols/reach/messages.ts'
import { pause, withDeadline } from '../deadline.ts'
import { addrOf } from './place.ts'
import type { PunchOptions } from './shared-port.ts'
import type { Transports } from './transports.ts'

/** Two SYNs; then a new socket, because a translation that refused the first one may take the next. */
const TRY_MS = 2_500
/** Between tries, from one to two of it: two hosts that answer each other with refusals fall out of step. */
const PAUSE_MS = 150
/** Packets that one meeting sends to one place: enough to get through, too few to scan or to flood with. */
const TRIES = 6

export interface Meeting extends PunchMessage {
  peer: string
  /** the port that the outside sees; without one there is nowhere to meet but where the peer listens */
  localPort: number | undefined
  /** who speaks first */
  initiator: boolean
  signal: AbortSignal
}

/** Connects to a peer that connects to us at the same time; the first connection that stands. @throws AggregateError */
export async function meet(meeting: Meeting, dial: Transports['dial']): Promise<Connection> {
  const { peer, mapped, listening, localPort, initiator } = meeting
  const won = new AbortController()
  const signal = AbortSignal.any([meeting.signal, won.signal])
  // the signal of a dial ends its socket later, too: each has one of its own, which is let go of when the connection stands
  const once = (place: Place, punch?: PunchOptions): Promise<Connection> =>
    withDeadline('connecting', TRY_MS, signal, own => dial(addrOf(place, peer), own, punch))
  const punch = async (place: Place, port: number): Promise<Connection> => {
    let last: unknown
    for (let tried = 0; tried < TRIES && !signal.aborted; tried++) {
      try {
        return await once(place, { localPort: port, initiator })
      } catch (error) {
        last = error
        await pause(PAUSE_MS * (1 + Math.random()), signal)
      }
    }
    throw last ?? signal.reason
  }
  try {
    return await Promise.any([
      ...listening.map(place => once(place)),
      ...(localPort === undefined ? [] : mapped.map(place => punch(place, localPort)))
    ])
  } finally {
    won.abort(new Error('another way was faster'))
  }
}
