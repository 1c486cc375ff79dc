import type { Address } from '../protocols/common/values.ts'

/** Every asynchronous call takes this last. */
export interface AbortOptions {
  signal?: AbortSignal
}

/** Where a peer is reached. */
export interface PeerTarget {
  peer: string
  addrs: readonly string[]
}

/** One request, one reply with another peer; both ends state their limits. */
export interface Messenger {
  request(
    target: PeerTarget,
    protocol: string,
    message: Uint8Array,
    options: { maxReplyBytes: number; timeoutMs: number } & AbortOptions
  ): Promise<Uint8Array>
  handle(
    protocol: string,
    limits: { maxRequestBytes: number; timeoutMs: number; perPeerPerSecond: number },
    /** its signal fires when the time is over or the peer has left */
    handler: (message: Uint8Array, peer: string, options: AbortOptions) => Promise<Uint8Array>
  ): Promise<void>
  unhandle(protocol: string): Promise<void>
}

/** Who this node is: an account for money, a peer key for everything it says. */
export interface Identity {
  account: Address
  peer: string
  /** Ed25519 over bytes with the peer key */
  sign(bytes: Uint8Array): Uint8Array
  /** multiaddrs at which others reach this node now, at most 8 */
  addrs(): string[]
}

/** What time it is, unix ms: tests have their own. */
export interface Clock {
  nowMs(): number
}

/** Does some work once, later; what it returns calls that off. */
export type Alarm = (delayMs: number, work: () => void) => () => void

/** Says one thing: a short stable message, and what belongs to it as fields. */
export interface Say {
  (fields: object, message?: string): void
  (message: string): void
}

/** Where a node writes its log; pino's loggers fit. */
export interface Log {
  debug: Say
  info: Say
  warn: Say
  error: Say
}
