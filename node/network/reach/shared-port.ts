import { createServer } from 'node:net'
import type { Connection, Transport } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isLoopback } from '../addresses.ts'

type TcpFactory = ReturnType<typeof tcp>
type Dial = ReturnType<TcpFactory>['dial']
type DialOptions = Parameters<Dial>[1]

/** How a socket to a peer is opened; what the TCP transport hands on to `net.connect` and to the upgrade. */
export interface PunchOptions {
  /** connect from this port */
  localPort: number
  /** when both sides connect, one has to be the one that is asked */
  initiator: boolean
}

/** What a TCP stack says when a pair of ports is still in use. */
const BUSY = new Set(['EADDRINUSE', 'EADDRNOTAVAIL'])

/**
 * Connections to other hosts all leave from one local port, which nobody listens on. Whatever translates addresses between this
 * host and the others has then one mapping for it, which each peer sees and which others can be told: the place to meet
 * for hole punching. Node gives a listening port to no other socket, hence a port of its own.
 */
export class SharedPort {
  #port: number | undefined
  /** connections that left from the port, by id */
  readonly #left = new WeakSet<Connection>()
  readonly #punched = new WeakSet<Connection>()

  /** undefined until the first dial to another host */
  get port(): number | undefined {
    return this.#port
  }

  leftFrom(connection: Connection): boolean {
    return this.#left.has(connection)
  }

  punched(connection: Connection): void {
    this.#punched.add(connection)
  }

  /** made by both sides at once: it says nothing about who else could connect */
  isPunched(connection: Connection): boolean {
    return this.#punched.has(connection)
  }

  /** The TCP transport with dials from the port. */
  transport(): (components: Parameters<TcpFactory>[0]) => Transport {
    return components => {
      const inner = tcp()(components)
      const dial: Dial = inner.dial.bind(inner)
      inner.dial = (ma, options) => this.#dial(dial, ma, options)
      return inner
    }
  }

  async #dial(dial: Dial, ma: Multiaddr, options: DialOptions): Promise<Connection> {
    if ('initiator' in options) return await dial(ma, options.initiator === false ? asInbound(options) : options)
    if (isLoopback(ma.toString())) return await dial(ma, options)
    this.#port ??= await freePort()
    try {
      const connection = await dial(ma, { ...options, localPort: this.#port } as DialOptions)
      this.#left.add(connection)
      return connection
    } catch (error) {
      if (!isBusy(error)) throw error
      // the same two ports spoke a moment ago, or a program took ours: this connection is seen elsewhere, and works
      return await dial(ma, options)
    }
  }
}

/**
 * Of two that connect to each other one has to be the one that is called. libp2p sees to that in its own handshakes and leaves
 * it at "outbound" for the muxer, where both would then be clients.
 */
function asInbound(options: DialOptions): DialOptions {
  const { upgrader } = options
  const upgradeOutbound: typeof upgrader.upgradeOutbound = (socket, opts) =>
    upgrader.upgradeOutbound(Object.assign(socket, { direction: 'inbound' }), opts)
  // the dial calls nothing else of it
  return { ...options, upgrader: { upgradeOutbound } as typeof upgrader }
}

const isBusy = (error: unknown): boolean => error instanceof Error && 'code' in error && BUSY.has(String(error.code))

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
