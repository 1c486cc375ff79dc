import { InvalidInputError } from '../../protocols/common/errors.ts'
import { type NetworkDocument, tokenOf } from '../../protocols/common/network-document.ts'
import type { Hex } from '../../protocols/common/values.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeApi } from '../http/api.ts'
import { DealNotFoundError } from '../http/errors.ts'
import { NoCourtError } from '../roles/court-terms.ts'
import type { CreatorRole, JobRecord } from '../roles/creator/creator.ts'
import { fetchJudged } from '../roles/creator/judged-result.ts'
import type { EnsureFree } from '../roles/shared.ts'
import type { Court } from '../settlement/court.ts'
import type { Settlement } from '../settlement/settlement.ts'
import type { Storage } from '../storage/storage.ts'
import { disputeView } from './dispute-view.ts'

export interface DisputeApiComponents {
  network: NetworkDocument
  settlement: Settlement
  creator: CreatorRole
  ensureFree: EnsureFree
  storage: Storage
  /** peers that are connected now */
  connected(): string[]
}

type DisputeApi = Pick<NodeApi, 'accept' | 'dispute' | 'disputeOf' | 'appeal' | 'fetchJudged'>

const DEAL_ID = /^0x[0-9a-f]{64}$/
/** As for a result that its provider delivers. */
const MAX_RESULT_BYTES = 64 * 2 ** 30
/** Seats of the round that an appeal begins, by the round before it. */
const NEXT_SIZE = [7n, 15n]

/** The calls of NodeApi that have to do with the court. @param view of a job after a call */
export function disputeApi(
  { network, settlement, creator, ensureFree, storage, connected }: DisputeApiComponents,
  view: (job: string) => ReturnType<NodeApi['dispute']>
): DisputeApi {
  const court = (): Court => {
    if (settlement.court === undefined) throw new NoCourtError('this network has no court')
    return settlement.court
  }
  return {
    async accept(job) {
      creator.accept(job)
      return view(job)
    },
    async dispute(job, reason) {
      creator.dispute(job, reason ?? 'disputed by its creator')
      return view(job)
    },
    async disputeOf(id, options) {
      const deal = dealId(id)
      if (settlement.court === undefined) return undefined
      const [history, live] = await Promise.all([
        settlement.court.history(deal, options),
        settlement.court.dispute(deal, options)
      ])
      return disputeView(deal, history, live, tokenOf(network))
    },
    async fetchJudged(job, options) {
      const deal = judgedDeal(creator.find(job))
      if (deal === undefined) throw new DealNotFoundError(job)
      const sources = connected().map(peer => ({ peer, addrs: [] }))
      const components = { court: court(), storage, sources, maxBytes: MAX_RESULT_BYTES }
      await fetchJudged(components, { deal, owner: job, root: creator.folder(job) }, options)
    },
    async appeal(id, options) {
      const { transaction } = await appeal(court(), dealId(id), ensureFree, options)
      return { transaction }
    }
  }
}

/** Anybody may pay for an appeal, for whoever lost. */
async function appeal(court: Court, id: Hex, ensureFree: EnsureFree, options: AbortOptions = {}) {
  const [live, challenge] = await Promise.all([court.dispute(id, options), court.challengeOf(id, options)])
  const seats = live === undefined ? undefined : NEXT_SIZE[live.round]
  if (live === undefined || challenge === undefined) throw new DealNotFoundError(id)
  if (live.phase !== 'judged' || live.deadlineSec === 0 || seats === undefined) {
    throw new InvalidInputError(`the dispute is ${live.phase}: there is nothing to appeal`, {
      field: 'deal',
      value: id,
      limit: 'a verdict of the first or second round, until its appeal window ends',
      remedy: 'wait for the verdict; the third round is the last word'
    })
  }
  await ensureFree(seats * challenge.deal.seatFee, options)
  return await court.appeal(challenge.deal, { ...options, round: live.round + 1 })
}

function dealId(text: string): Hex {
  if (DEAL_ID.test(text)) return text as Hex
  throw new InvalidInputError('expected the id of a deal', {
    field: 'deal',
    value: text,
    limit: '0x and 64 lower-case hex digits',
    remedy: 'take it from "dcn deals --json"'
  })
}

/** The deal whose judges are asked for their result: of replicas the first that was disputed. */
function judgedDeal(job: JobRecord | undefined): Hex | undefined {
  if (job === undefined) return undefined
  const state = 'replicas' in job ? job.replicas.find(r => r.dispute !== undefined) : job.record.state
  return state?.attempt?.dealId ?? state?.past.at(-1)?.dealId
}
