import { Ranker } from '../../../node/roles/creator/ranker.ts'
import { digestOf } from '../../../node/roles/digests.ts'
import type { FrontDesk } from '../../../node/roles/provider/front-desk.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { toHex } from '../../../protocols/common/values.ts'
import type { Attempt, Candidate, CreatorState } from '../../../protocols/deal/creator-types.ts'
import {
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  type Propose,
  type Reply
} from '../../../protocols/deal/messages.ts'
import { asksHold } from '../../../protocols/deal/patience.ts'
import { makeTerms, openWindowSec } from '../../../protocols/deal/terms.ts'
import { decodeFact } from '../../../protocols/offers/fact.ts'
import type { JobOffer } from '../../../protocols/offers/schema.ts'
import type { Question } from '../deal/actor.ts'
import type { Answer, CreatorMarket } from '../deal/sim-creator.ts'
import type { SimProvider } from '../deal/sim-provider.ts'
import type { World } from '../deal/world.ts'
import type { Conduct } from './adversaries.ts'
import type { Peer } from './peer.ts'
import { NETWORK, ROUND_MS, stampOf } from './people.ts'
import { dealIdOf, signaturesOf } from './provider-desk.ts'

/** As node/roles/creator/effects: a provider answers when its round is over at the latest. */
const PROPOSAL_TIMEOUT_MS = 2_000 + 2 * ROUND_MS

/** A provider as creators meet it. */
export interface Counter {
  provider: SimProvider
  desk: FrontDesk
  answers?: Conduct['answers'] | undefined
}

export interface BookMarketParts {
  world: World
  peer: Peer
  counterAt(address: string): Counter | undefined
  verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  onTerms(dealId: string, jobId: string): void
  onRanked(state: CreatorState, candidates: readonly Candidate[]): void
}

export function rankerOf({ world, peer, verifyEd25519 }: BookMarketParts): Ranker {
  const { account, address, bind, sign } = peer.person
  const { book, heads } = peer
  if (book === undefined || heads === undefined) throw new Error('a creator keeps a book')
  return new Ranker({
    network: NETWORK,
    roundMs: ROUND_MS,
    // after a time away it may be another one
    get book() {
      return peer.book ?? book
    },
    heads: { exact: nowMs => (peer.heads ?? heads).exact(nowMs) },
    identity: { account, peer: address, sign, addrs: () => [] },
    clock: { nowMs: () => world.nowMs },
    bind: async () => bind,
    publish: async fact => peer.publish(fact),
    take: bytes => peer.take(bytes),
    verifyEd25519,
    freshNonce: () => toHex(sha256(Buffer.from(`nonce ${account} ${world.random()}`)))
  })
}

/** Ranks the node's own book and proposes over the wire: the production ranker, messages and desk. */
export function bookMarket(parts: BookMarketParts, ranker: Ranker): CreatorMarket {
  const { world, peer } = parts
  const counterOf = (candidate: Candidate): Counter => {
    const counter = parts.counterAt(candidate.peer)
    if (counter === undefined) throw new Error(`nobody at ${candidate.peer}`)
    return counter
  }
  return {
    providerOf: candidate => counterOf(candidate).provider,
    isSilent: candidate => counterOf(candidate).answers === 'yes-and-vanishes',
    announce: state => ranker.announce(decodeFact(state.jobOffer)),
    async rank(state, freshNonce) {
      const ranked = await ranker.rank(state, freshNonce)
      parts.onRanked(state, ranked.candidates)
      return ranked
    },
    terms(state, candidate) {
      const deal = termsOf(state, candidate, peer, world.nowSec)
      const dealId = dealIdOf(deal)
      parts.onTerms(dealId, state.jobId)
      return { deal, dealId, signature: stamp(peer, deal) }
    },
    propose(creator, state, attempt, answered) {
      const request = encodeRequest(proposalOf(ranker, state, attempt, world.nowMs))
      const counter = counterOf(attempt.candidate)
      const handle = async (): Promise<Uint8Array | undefined> => {
        if (counter.answers === 'yes-and-vanishes') return encodeReply(agreed(counter.provider, attempt))
        const reply = await counter.desk.answer(decodeRequest(request) as Propose, peer.person.address)
        // a provider that died over its agreement has told nobody
        return counter.provider.up ? encodeReply(reply) : undefined
      }
      const question: Question<Uint8Array> = {
        sizeBytes: request.byteLength,
        handle,
        replyBytes: reply => reply.byteLength,
        timeoutMs: PROPOSAL_TIMEOUT_MS,
        isPatient: true
      }
      const read = (reply: Uint8Array) => world.hold(readReply(ranker, state, attempt, reply).then(answered))
      creator.ask(counter.provider, question, read, () => answered(undefined))
    }
  }
}

/** node/roles/creator/effects, termsFor */
function termsOf(state: CreatorState, candidate: Candidate, { person }: Peer, nowSec: number) {
  const { id, body } = decodeFact(state.jobOffer)
  const job = body as JobOffer
  return makeTerms({
    job: digestOf(id),
    spec: digestOf(job.spec),
    certificate: toHex(sha256(state.certificate ?? new Uint8Array())),
    creator: person.account,
    provider: candidate.account,
    price: candidate.ask + state.tip,
    offerTerms: candidate.terms,
    timeoutMs: state.timeoutMs,
    nonce: BigInt(job.nonce),
    openBefore: nowSec + openWindowSec(state.inputBytes)
  })
}

function proposalOf(
  ranker: Ranker,
  state: CreatorState,
  { candidate, deal, creatorSignature }: Attempt,
  nowMs: number
): Propose {
  return {
    type: 'propose',
    jobOffer: state.jobOffer,
    spec: state.specBytes,
    certificate: state.certificate ?? new Uint8Array(),
    offer: ranker.cidOf(candidate.offer),
    deal,
    signature: creatorSignature,
    ...(asksHold(state, candidate.account, nowMs) ? { hold: true as const } : {})
  }
}

/** node/roles/creator/effects, propose */
async function readReply(ranker: Ranker, state: CreatorState, attempt: Attempt, bytes: Uint8Array): Promise<Answer> {
  const reply: Reply = decodeReply(bytes)
  const { candidate, deal } = attempt
  const { certificate = new Uint8Array() } = state
  if (reply.type === 'agree') {
    const signer = await signaturesOf(candidate.account).dealSigner(deal, reply.signature)
    if (signer === deal.provider) return reply
    return { type: 'refuse', reason: 'bad-signature', detail: 'the provider signed with another account' }
  }
  if (reply.type !== 'refuse') return { type: 'refuse', reason: 'bad-reply', detail: reply.type }
  return {
    type: 'refuse',
    ...(await ranker.readRefusal(reply, candidate, { job: decodeFact(state.jobOffer).id, certificate }))
  }
}

const stamp = ({ person }: Peer, deal: Attempt['deal']) => stampOf(person.account, dealIdOf(deal))

function agreed({ account }: SimProvider, { deal }: Attempt): Reply {
  return { type: 'agree', signature: stampOf(account, dealIdOf(deal)) }
}
