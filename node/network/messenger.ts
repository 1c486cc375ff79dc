import type { Clock, Messenger } from '../components.ts'
import { NotAdmittedError } from './errors.ts'
import { handle } from './handle.ts'
import type { Host } from './host.ts'
import { request } from './streams.ts'

/** Open at the same time per connection and protocol: a creator with many jobs at one provider. */
const MAX_INBOUND_STREAMS = 256

/** Request and reply over this host's libp2p; a peer that sends garbage is scored down. */
export function libp2pMessenger(host: Host, clock: Clock): Messenger & { stop(): Promise<void> } {
  const handled = new Map<string, () => Promise<void>>()
  /** a connection that is about to be closed carries no new deal */
  const check = (peer: string): void => {
    if (!host.isAdmitted(peer)) throw new NotAdmittedError(peer)
  }
  return {
    async request(target, protocol, message, options) {
      check(target.peer)
      return await request(host.libp2p, target, protocol, message, options)
    },
    async handle(protocol, limits, handler) {
      const all = {
        ...limits,
        maxInboundStreams: MAX_INBOUND_STREAMS,
        onBadPeer: (peer: string) => void host.penalties.strike(peer),
        now: () => clock.nowMs()
      }
      const serve: typeof handler = async (bytes, peer, options) => {
        check(peer)
        return await handler(bytes, peer, options)
      }
      handled.set(protocol, await handle(host.libp2p, protocol, all, serve))
    },
    async unhandle(protocol) {
      await handled.get(protocol)?.()
      handled.delete(protocol)
    },
    async stop() {
      for (const unhandle of handled.values()) await unhandle()
      handled.clear()
    }
  }
}
