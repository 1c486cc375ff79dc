import type { CID } from 'multiformats/cid'
import { messageOf } from '../../protocols/common/errors.ts'
import { CERTIFICATE_LIMITS, type Certificate, decodeCertificate } from '../../protocols/matching/certificate.ts'
import { peerIdText } from '../../protocols/offers/peer-key.ts'
import { OFFER_LIMITS } from '../../protocols/offers/schema.ts'
import type { AbortOptions } from '../components.ts'
import { within } from '../network/deadline.ts'
import { ContentUnavailableError } from '../storage/errors.ts'
import type { Source, Storage } from '../storage/storage.ts'

/** Peers asked for one block at the same time; the next ones when none of these had it. */
const ASKED_AT_ONCE = 8
const MAX_ASKED = 32
/** A block of a few KB comes in one round trip. */
const BLOCK_TIMEOUT_MS = 5_000
/** Blocks asked for at the same time. */
const BLOCKS_AT_ONCE = 4

/** Fetches what a match rests on from whoever has it: most of all its creator. */
export class PaperFetcher {
  readonly #storage: Pick<Storage, 'getBlock'>
  readonly #peers: readonly Source[]

  /** @param peers who is asked, the likeliest first */
  constructor(storage: Pick<Storage, 'getBlock'>, peers: readonly Source[]) {
    this.#storage = storage
    this.#peers = peers
  }

  /** @throws ContentUnavailableError, TooLargeError */
  certificate(cid: CID, options: AbortOptions = {}): Promise<Uint8Array> {
    return this.#block(cid, this.#peers, CERTIFICATE_LIMITS.certificateBytes, options)
  }

  /** The signed facts that a certificate names, as many as can be had. */
  async facts(bytes: Uint8Array, options: AbortOptions = {}): Promise<Uint8Array[]> {
    const certificate = tryDecode(bytes)
    if (certificate === undefined) return []
    const creator = { peer: peerIdText(certificate.head.head.peerKey), addrs: [] }
    const peers = [creator, ...this.#peers.filter(p => p.peer !== creator.peer)]
    const wanted = [
      ...new Map([certificate.jobFact, ...certificate.candidates.map(c => c.fact)].map(c => [`${c}`, c])).values()
    ]
    const found: Uint8Array[] = []
    for (let i = 0; i < wanted.length; i += BLOCKS_AT_ONCE) {
      const some = wanted.slice(i, i + BLOCKS_AT_ONCE)
      const got = await Promise.allSettled(some.map(cid => this.#block(cid, peers, OFFER_LIMITS.factBytes, options)))
      options.signal?.throwIfAborted()
      found.push(...got.flatMap(g => (g.status === 'fulfilled' ? [g.value] : [])))
    }
    return found
  }

  async #block(cid: CID, peers: readonly Source[], maxBytes: number, options: AbortOptions): Promise<Uint8Array> {
    let last: unknown = 'no peer is connected'
    const asked = peers.length === 0 ? [undefined] : peers.slice(0, MAX_ASKED)
    for (let i = 0; i < asked.length; i += ASKED_AT_ONCE) {
      const found = new AbortController()
      const signal = AbortSignal.any([within(BLOCK_TIMEOUT_MS, options.signal), found.signal])
      const ask = (from: Source | undefined) =>
        this.#storage.getBlock(cid, { maxBytes, signal, ...(from === undefined ? {} : { from }) })
      try {
        return await Promise.any(asked.slice(i, i + ASKED_AT_ONCE).map(ask))
      } catch (error) {
        options.signal?.throwIfAborted()
        last = error instanceof AggregateError ? error.errors[0] : error
      } finally {
        // whoever is slower need not send it again
        found.abort()
      }
    }
    throw new ContentUnavailableError(cid, undefined, new Error(messageOf(last)))
  }
}

function tryDecode(bytes: Uint8Array): Certificate | undefined {
  try {
    return decodeCertificate(bytes)
  } catch {
    // what is wrong with it is for the verdict to say
    return undefined
  }
}
