import type { Connection, Libp2p } from '@libp2p/interface'
import { PUNCH_PROTOCOL } from '../../../protocols/reach/messages.ts'
import { pause } from '../deadline.ts'

/** How often a circuit is looked at: work on it goes on undisturbed, new work takes the direct connection. */
const LOOK_MS = 2_000
/** What libp2p itself keeps open or opens again and again. */
const HOUSEKEEPING = new Set(['/dcn/ping/1.0.0', '/dcn/id/1.0.0', '/dcn/id/push/1.0.0', PUNCH_PROTOCOL])

/** Closes a relayed connection once a direct one to the same peer stands and nothing is under way on the relayed one. */
export async function retireRelayed(
  libp2p: Pick<Libp2p, 'getConnections'>,
  circuit: Connection,
  signal: AbortSignal
): Promise<void> {
  while (circuit.status === 'open' && !signal.aborted) {
    await pause(LOOK_MS, signal)
    const isDirect = libp2p.getConnections(circuit.remotePeer).some(c => c.direct && c.status === 'open')
    const isBusy = circuit.streams.some(s => !HOUSEKEEPING.has(s.protocol))
    if (isDirect && !isBusy && !signal.aborted) await circuit.close({ signal }).catch(error => circuit.abort(error))
  }
}
