import type { CID } from 'multiformats/cid'
import { cidFromDigest } from '../common/cbor.ts'
import type { Address } from '../common/values.ts'
import { SIGNATURE_BYTES } from './fact.ts'
import type { Bind, Fact, FactBody } from './schema.ts'

const DIGEST_BYTES = 32

/**
 * A fact in the book with what the book looks it up by. A book holds thousands, so each byte string is there once, in few
 * objects, and what follows from others is made when it is asked for.
 */
export class Entry<B extends FactBody = FactBody> implements Fact<B> {
  readonly body: B
  readonly bind: Bind
  /** the digest, one character a byte: half the size of hex */
  readonly key: string
  /** facts in one slot replace each other: a provider's standing offer, a creator's offer of one job */
  readonly slot: string
  /** digest, body, signature in one buffer of its own: each costs 200 bytes, and a socket's holds much else */
  readonly #bytes: Uint8Array

  constructor(fact: Fact<B>, body: B, bind: Bind) {
    this.body = body
    this.bind = bind
    const { digest, bodyBytes, signature } = fact
    this.#bytes = new Uint8Array(digest.byteLength + bodyBytes.byteLength + signature.byteLength)
    this.#bytes.set(digest)
    this.#bytes.set(bodyBytes, digest.byteLength)
    this.#bytes.set(signature, digest.byteLength + bodyBytes.byteLength)
    this.key = keyOf(fact.digest)
    this.slot = slotOf(body, this.key)
  }

  get id(): CID {
    return cidFromDigest(this.digest)
  }

  get digest(): Uint8Array {
    return this.#bytes.subarray(0, DIGEST_BYTES)
  }

  get bodyBytes(): Uint8Array {
    return this.#bytes.subarray(DIGEST_BYTES, -SIGNATURE_BYTES)
  }

  get signature(): Uint8Array {
    return this.#bytes.subarray(-SIGNATURE_BYTES)
  }

  get account(): Address {
    return this.body.account
  }

  /** what replaces: seq of a resource offer, first round of a job offer */
  get version(): number {
    const { body } = this as Fact
    return body.type === 'resource' ? body.seq : body.type === 'job' ? body.fromRound : 0
  }
}

export function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('latin1')
}

function slotOf(body: FactBody, key: string): string {
  if (body.type === 'resource') return body.account
  return body.type === 'job' ? `${body.account} ${body.nonce}` : key
}

/** The order of the digests: one character is one byte. */
const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Newest version first; the lowest id counts among equals. */
export function byVersion(a: Entry, b: Entry): number {
  return b.version - a.version || compareKeys(a.key, b.key)
}

/** Oldest first: by first round, then id, so that every node evicts the same one of two. */
export function byAge(a: Entry, b: Entry): number {
  return a.body.fromRound - b.body.fromRound || compareKeys(a.key, b.key)
}

/** The entry of a slot that holds at `round`: the newest whose first round has come. It may have expired. */
export function effective(slot: Iterable<Entry>, round: number): Entry | undefined {
  let best: Entry | undefined
  for (const entry of slot) {
    if (entry.body.fromRound > round) continue
    if (best === undefined || byVersion(entry, best) < 0) best = entry
  }
  return best
}
