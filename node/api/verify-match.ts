import { CID } from 'multiformats/cid'
import { cidFromDigest } from '../../protocols/common/cbor.ts'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { type Address, fromHex, type Hex } from '../../protocols/common/values.ts'
import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import type { ProviderState } from '../../protocols/deal/provider-machine.ts'
import type { Deal } from '../../protocols/deal/schema.ts'
import { encodeBundle, type MatchBundle } from '../../protocols/matching/verify/bundle.ts'
import { verifyMatch } from '../../protocols/matching/verify/verify-match.ts'
import { peerIdText } from '../../protocols/offers/peer-key.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeApi } from '../http/api.ts'
import { JobNotFoundError, NotFoundError } from '../http/errors.ts'
import type { VerifyRequest } from '../http/views.ts'
import { type CreatorRole, machinesOf } from '../roles/creator/creator.ts'
import { PROVIDER_KIND } from '../roles/provider/provider.ts'
import type { RoleParts } from '../roles/shared.ts'
import { matchChecks } from '../settlement/match-checks.ts'
import type { Source } from '../storage/storage.ts'
import { findOmissions } from './known-offers.ts'
import { PaperFetcher } from './match-papers.ts'
import { matchView } from './match-view.ts'

/** Own jobs among which a deal is looked for; older ones are read from the chain. */
const SEARCHED_JOBS = 500
const DEAL_ID = /^0x[0-9a-f]{64}$/i

interface Parts extends Pick<RoleParts, 'settlement' | 'storage' | 'journal' | 'book' | 'heads' | 'clock'> {
  creator: Pick<CreatorRole, 'find' | 'jobs'>
  /** peers that this node is connected to */
  connected(): string[]
}

/** The terms of a deal with its creator's signature, and where its creator may be reached. */
interface Found {
  terms: Deal
  creatorSignature: Hex
  source?: Source
}

/** Checks the match of anybody's deal with what can be had of its papers. */
export function verifyApi(parts: Parts): Pick<NodeApi, 'verifyMatch'> {
  return {
    async verifyMatch(request, options = {}) {
      const bundle = await gather(parts, request, options)
      const view = matchView(bundle, await verifyMatch(bundle, matchChecks))
      if (request.export !== true) return view
      return { ...view, bundle: Buffer.from(encodeBundle(bundle)).toString('base64') }
    }
  }
}

async function gather(parts: Parts, { subject }: VerifyRequest, options: AbortOptions): Promise<MatchBundle> {
  const certificateCid = subject.startsWith('b') ? parseCid(subject) : undefined
  const found = certificateCid === undefined ? await findDeal(parts, dealIdOf(parts, subject), options) : undefined
  const cid = certificateCid ?? cidFromDigest(fromHex(found?.terms.certificate ?? '0x'))
  const fetcher = new PaperFetcher(parts.storage, peersFor(parts, found))
  const certificate = await fetcher.certificate(cid, options)
  const { chainId, escrow, salt } = parts.settlement.domain
  const domain = { chainId, escrow, ...(salt === undefined ? {} : { salt }) }
  const bundle: MatchBundle = {
    version: 1,
    ...(found === undefined ? {} : { deal: { terms: found.terms, creatorSignature: found.creatorSignature, domain } }),
    certificate,
    facts: await fetcher.facts(certificate, options),
    omissions: []
  }
  // only of a list that is right in itself can anything be missing
  const { verdict } = await verifyMatch(bundle, matchChecks)
  if (verdict === 'fails') return bundle
  return { ...bundle, omissions: findOmissions(bundle, parts.heads, parts.book, parts.clock.nowMs()) }
}

/** A job's id begins with j and a CID with b: neither can be the other. */
function parseCid(subject: string): CID {
  try {
    return CID.parse(subject)
  } catch (cause) {
    throw new InvalidInputError('not a CID', {
      field: 'subject',
      value: subject,
      limit: 'a deal id (0x…), an id of a job of this node, or the CID of a certificate (baf…)',
      cause
    })
  }
}

function dealIdOf({ creator }: Parts, subject: string): Hex {
  if (DEAL_ID.test(subject)) return subject.toLowerCase() as Hex
  const job = creator.find(subject)
  if (job === undefined) throw new JobNotFoundError(subject)
  // of replicas the one whose result the job took
  const leader = 'replicas' in job ? (job.record.state.leader ?? 0) : 0
  const machines = machinesOf(job)
  const [deal] = [...machines.slice(leader), ...machines.slice(0, leader)].flatMap(state => dealOf(state) ?? [])
  if (deal !== undefined) return deal
  throw new InvalidInputError(`job ${subject} has no deal`, {
    field: 'subject',
    value: subject,
    remedy: 'dcn job why tells the reason'
  })
}

/** A proposal that nobody took is no deal. */
function dealOf({ attempt, past }: CreatorState): Hex | undefined {
  const isDeal = attempt?.providerSignature !== undefined || attempt?.submitBySec !== undefined
  return isDeal ? attempt.dealId : past.findLast(p => p.ended !== 'never-opened')?.dealId
}

/** From this node's own side of the deal, else from the chain. @throws NotFoundError, DealUnreadableError */
async function findDeal(parts: Parts, id: Hex, options: AbortOptions): Promise<Found> {
  const { journal, creator, settlement } = parts
  const provided = journal.get<ProviderState>(PROVIDER_KIND, id)?.state
  if (provided !== undefined) {
    return { terms: provided.deal, creatorSignature: provided.creatorSignature, source: provided.creator }
  }
  for (const state of creator.jobs({ limit: SEARCHED_JOBS }).flatMap(machinesOf)) {
    const own = [state.attempt, ...state.signed].find(a => a?.dealId === id)
    if (own !== undefined) return { terms: own.deal, creatorSignature: own.creatorSignature }
  }
  const opened = await settlement.dealOf(id, options)
  if (opened !== undefined) return { terms: opened.deal, creatorSignature: opened.creatorSignature }
  const remedy =
    settlement.kind === 'evm'
      ? 'check the id; a deal counts from when it was opened'
      : 'without a chain only its parties have its terms: give the CID of the certificate, or a file that a party exported'
  throw new NotFoundError('deal', id, remedy)
}

/** Who may have the papers: the deal's creator as far as it is known, then whoever is connected. */
function peersFor({ book, clock, connected }: Parts, found: Found | undefined): Source[] {
  const creators = found === undefined ? [] : peersOf(book, clock.nowMs(), found.terms.creator)
  const others = [...creators, ...connected()].map(peer => ({ peer, addrs: [] }))
  const all = found?.source === undefined ? others : [found.source, ...others]
  return all.filter((source, i) => all.findIndex(s => s.peer === source.peer) === i)
}

function peersOf(book: Parts['book'], nowMs: number, account: Address): string[] {
  const facts = [...book.live(nowMs, 'job'), ...book.live(nowMs, 'resource')]
  return facts.filter(f => f.body.account === account).map(f => peerIdText(f.bind.peerKey))
}
