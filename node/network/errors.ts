import { messageOf, TooLargeError, UserError } from '../../protocols/common/errors.ts'

/** The host was asked for something before `start` or after `stop`. */
export class HostStoppedError extends UserError {
  constructor() {
    super('HostStoppedError', 'the network host is not running', { remedy: 'start the node first' })
  }
}

/** None of the addresses to listen on is free. */
export class ListenTakenError extends UserError {
  constructor(listen: readonly string[], cause: unknown) {
    super(
      'ListenError',
      `cannot listen on ${listen.join(', ')}: ${/\b(EADDR\w+|EACCES)\b/.exec(messageOf(cause))?.[0] ?? messageOf(cause)}`,
      {
        field: 'listen',
        value: listen.join(', '),
        remedy: 'another program has the port, or the address is not one of this host: choose another --listen',
        cause
      }
    )
  }
}

/** How libp2p says that it could not listen. */
export const isTaken = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'UnsupportedListenAddressesError' || /EADDRINUSE|EADDRNOTAVAIL/.test(error.message))

/** No address of the peer answered with the peer's own key. */
export class PeerUnreachableError extends UserError {
  constructor(peer: string, addrs: readonly string[], cause?: unknown) {
    super('PeerUnreachableError', `peer ${peer} cannot be reached: ${messageOf(cause ?? 'no address is known')}`, {
      field: 'peer',
      value: peer,
      limit: addrs.length === 0 ? 'no address' : `tried ${addrs.join(', ')}`,
      remedy: 'check that the peer runs, that its addresses are right and that both sides use the same network',
      cause
    })
  }
}

/** The other side did not finish within the deadline. */
export class RequestTimeoutError extends UserError {
  constructor(what: string, timeoutMs: number, cause?: unknown) {
    super('RequestTimeoutError', `${what} took longer than ${timeoutMs} ms`, {
      field: what,
      limit: `${timeoutMs} ms`,
      cause
    })
  }
}

/** The stream ended or was reset before the message was whole. */
export class StreamFailedError extends UserError {
  constructor(what: string, cause: unknown) {
    super('StreamFailedError', `${what} failed: ${messageOf(cause)}`, { field: what, cause })
  }
}

/** A peer asked more often, or for more at once, than this node serves. */
export class RateLimitedError extends UserError {
  constructor(protocol: string, peer: string, limit: string) {
    super('RateLimitedError', `peer ${peer} asks ${protocol} too often`, { field: protocol, value: peer, limit })
  }
}

/** The network's document shuts the peer out, or does not let it in. */
export class NotAdmittedError extends UserError {
  constructor(peer: string) {
    super('NotAdmittedError', `peer ${peer} is no member of this network`, {
      field: 'peer',
      value: peer,
      remedy: 'the owner of the network decides: dcn network members list'
    })
  }
}

/** A peer broke the framing rules of a message stream. */
export class ProtocolViolationError extends UserError {
  constructor(message: string, details: { value?: unknown; limit?: string } = {}) {
    super('ProtocolViolationError', message, details)
  }
}

/** Names of errors that only a peer's own bytes can cause: they count against it. */
const BAD_PEER_ERRORS = new Set([
  'InvalidInputError',
  'NonCanonicalError',
  'TooLargeError',
  'BadSignatureError',
  'ProtocolViolationError',
  'SyncViolationError',
  'CarViolationError',
  'OtherNetworkError'
])

export function isBadPeerError(error: unknown): error is UserError {
  return error instanceof UserError && BAD_PEER_ERRORS.has(error.name)
}

const LENGTH_ERRORS = new Set(['InvalidDataLengthError', 'InvalidDataLengthLengthError', 'StreamBufferError'])

/**
 * Gives every failure of a stream a typed error. libp2p rejects some promises with the event object of the closing
 * stream instead of an Error, and tells an oversized message by the name of its length error.
 */
export function toStreamError(reason: unknown, what: string, maxBytes: number): Error {
  const error = unwrapEvent(reason)
  if (error instanceof UserError) return error
  if (error instanceof Error && LENGTH_ERRORS.has(error.name)) {
    return new TooLargeError(`${what} (bytes)`, maxBytes + 1, maxBytes)
  }
  if (error instanceof Error && error.name === 'InvalidMessageLengthError') {
    return new ProtocolViolationError(`${what}: invalid length prefix`)
  }
  return new StreamFailedError(what, error)
}

function unwrapEvent(reason: unknown): unknown {
  if (reason instanceof Error) return reason
  if (reason instanceof Event) {
    const inner = (reason as Event & { error?: unknown }).error
    return inner instanceof Error ? inner : new Error(`stream ended (${reason.type})`)
  }
  return new Error(messageOf(reason))
}
