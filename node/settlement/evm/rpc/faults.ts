/** What can be wrong with an RPC endpoint. Refusals by the chain (a revert, a used nonce) are answers, not faults. */
export type FaultKind =
  /** no connection, or it was cut */
  | 'unreachable'
  | 'timeout'
  | 'rate-limited'
  /** an HTTP status that is no answer, such as 401 or 502 */
  | 'http'
  /** no JSON-RPC, or a result that the method cannot have */
  | 'garbage'
  /** more bytes than any question of ours can have as its answer */
  | 'too-large'
  /** another chain id, or another first block */
  | 'wrong-chain'
  /** far behind the other endpoints, or not at the block of the contract yet */
  | 'lagging'
  /** something that no honest chain node says */
  | 'lie'

interface FaultDetails {
  retryAfterMs?: number
  actual?: string
  expected?: string
  cause?: unknown
}

/** One endpoint did not serve one request. Never shown as it is: the pool tells of all endpoints at once. */
export class EndpointFault extends Error {
  override readonly name = 'EndpointFault'
  readonly kind: FaultKind
  /** label of the endpoint, once it is known */
  endpoint: string | undefined
  /** what the endpoint itself asked for */
  readonly retryAfterMs: number | undefined
  /** of a wrong chain: what it serves and what it should */
  readonly actual: string | undefined
  readonly expected: string | undefined

  constructor(kind: FaultKind, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = kind
    this.retryAfterMs = details.retryAfterMs
    this.actual = details.actual
    this.expected = details.expected
  }
}

/** Path parts from here on may be keys of an account at a provider. */
const SECRET_CHARS = 16

/** An endpoint's address for messages and logs: without what could be a password or a provider's key. */
export function labelOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that is no URL'
  const { protocol, host, pathname } = new URL(url)
  const path = pathname
    .split('/')
    .map(part => (part.length >= SECRET_CHARS ? '…' : part))
    .join('/')
  return `${protocol}//${host}${path === '/' ? '' : path}`
}
