import { cidFromDigest, cidOf } from '../../../protocols/common/cbor.ts'
import { messageOf } from '../../../protocols/common/errors.ts'
import { fromHex, type Hex } from '../../../protocols/common/values.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { type Certificate, decodeCertificate } from '../../../protocols/matching/certificate.ts'
import type { OfferBook } from '../../../protocols/offers/book.ts'
import { encodeFact } from '../../../protocols/offers/fact.ts'
import type { AbortOptions, Log } from '../../components.ts'
import type { Storage } from '../../storage/storage.ts'

export interface PapersComponents {
  storage: Pick<Storage, 'putBlock' | 'pin' | 'unpinAll'>
  book: Pick<OfferBook, 'get'>
  log: Pick<Log, 'warn'>
}

/**
 * Keeps what a deal's match rests on, the certificate, the job offer and the signed offers of all candidates, so that anybody
 * can fetch it by CID and check it. A pinned certificate keeps the facts that it links to.
 */
export class MatchPapers {
  readonly #c: PapersComponents
  /** facts of jobs under way that are in the store: each is in one certificate after the other */
  readonly #stored = new Map<string, Set<string>>()

  constructor(components: PapersComponents) {
    this.#c = components
  }

  /**
   * Stores and pins what the present certificate speaks of. A node that cannot (no room) still makes its deals: then nobody can
   * check them.
   */
  async keep(state: CreatorState, options: AbortOptions = {}): Promise<void> {
    const { storage, log } = this.#c
    const { certificate } = state
    if (certificate === undefined) return
    const cid = cidOf(certificate)
    try {
      await this.#storeFacts(state, decodeCertificate(certificate), options)
      await storage.putBlock({ cid, bytes: certificate }, options)
      await storage.pin(cid, searchPins(state.jobId))
      // the job ended meanwhile
      if (!this.#stored.has(state.jobId)) await storage.unpinAll(searchPins(state.jobId))
    } catch (error) {
      options.signal?.throwIfAborted()
      log.warn({ jobId: state.jobId, error: messageOf(error) }, 'the papers of a match could not be kept')
    }
  }

  /** The job is over: the certificates of its deals stay, those of proposals that came to nothing go. */
  async settle(state: CreatorState): Promise<void> {
    const { storage } = this.#c
    for (const digest of dealtUnder(state)) await storage.pin(cidFromDigest(fromHex(digest)), dealPins(state.jobId))
    await storage.unpinAll(searchPins(state.jobId))
    this.#stored.delete(state.jobId)
  }

  async #storeFacts(
    { jobId, jobOffer }: CreatorState,
    { jobFact, candidates }: Certificate,
    options: AbortOptions
  ): Promise<void> {
    const stored = this.#stored.get(jobId) ?? new Set<string>()
    this.#stored.set(jobId, stored)
    const put = async (bytes: Uint8Array): Promise<void> => {
      const cid = cidOf(bytes)
      if (stored.has(cid.toString())) return
      await storage.putBlock({ cid, bytes }, options)
      stored.add(cid.toString())
    }
    const { storage, book } = this.#c
    const offers = candidates.flatMap(({ offer, fact }) => {
      const held = stored.has(fact.toString()) ? undefined : book.get(offer)
      return held === undefined ? [] : [encodeFact(held)]
    })
    const own = cidOf(jobOffer).equals(jobFact) ? [jobOffer] : []
    await Promise.all([...own, ...offers].map(put))
  }
}

/** Digests of the certificates under which this job came to deals. */
function dealtUnder({ attempt, past }: CreatorState): Hex[] {
  const isDeal = attempt?.providerSignature !== undefined || attempt?.submitBySec !== undefined
  const earlier = past.flatMap(p => (p.certificate === undefined || p.ended === 'never-opened' ? [] : [p.certificate]))
  return isDeal ? [...earlier, attempt.deal.certificate] : earlier
}

const searchPins = (jobId: string): string => `matching of ${jobId}`
const dealPins = (jobId: string): string => `match of ${jobId}`
