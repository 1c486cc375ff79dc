import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import type { ProviderState } from '../../protocols/deal/provider-machine.ts'
import type { MediatorState } from '../../protocols/mediation/mediator-types.ts'
import type { DealView } from '../http/views.ts'
import type { MachineRecord } from '../journal/journal.ts'
import { type JobRecord, machinesOf } from '../roles/creator/creator.ts'
import { optional, transactionsOf } from './job-view.ts'

const MS = 1000

export function providerDealView({ state, createdAt, updatedAt }: MachineRecord<ProviderState>): DealView {
  const { deal, openTransaction, end } = state
  const deadlineSec = state.reviewBySec ?? state.submitBySec ?? deal.openBefore
  return {
    id: state.dealId,
    role: 'provider',
    phase: state.phase,
    counterparty: deal.creator,
    price: deal.price.toString(),
    collateral: deal.collateral.toString(),
    ...(end === undefined ? { deadlineAt: deadlineSec * MS } : {}),
    ...optional('reason', state.reason),
    createdAt,
    updatedAt,
    transactions: [
      { what: 'open', hash: openTransaction },
      { what: end?.kind ?? '', hash: end?.transaction }
    ].flatMap(({ what, hash }) => (hash === undefined ? [] : [{ what, hash }]))
  }
}

/** What somebody agreed to of a job: one deal, or one of each replica. */
export function creatorDealViews(job: JobRecord): DealView[] {
  const { id, createdAt, updatedAt } = job.record
  return machinesOf(job).flatMap(state => creatorDealView(state, { job: id, createdAt, updatedAt }) ?? [])
}

function creatorDealView(
  state: CreatorState,
  of: Pick<DealView, 'createdAt' | 'updatedAt'> & { job: string }
): DealView | undefined {
  const { attempt, end, phase, reason } = state
  if (attempt?.providerSignature === undefined) return undefined
  const { deal } = attempt
  return {
    id: attempt.dealId,
    role: 'creator',
    job: of.job,
    phase,
    counterparty: deal.provider,
    price: deal.price.toString(),
    collateral: deal.collateral.toString(),
    ...(end === undefined ? { deadlineAt: (attempt.submitBySec ?? deal.openBefore) * MS } : {}),
    ...optional('reason', reason),
    createdAt: of.createdAt,
    updatedAt: of.updatedAt,
    transactions: transactionsOf(state)
  }
}

/** A deal that this node judges or judged. */
export function mediatorDealView({ state, createdAt, updatedAt }: MachineRecord<MediatorState>): DealView {
  const { dealId, deal, phase, voteBySec, vote, reason } = state
  const isBeforeTheVote = vote === undefined && voteBySec !== undefined
  return {
    id: dealId,
    role: 'mediator',
    phase,
    counterparty: deal?.provider ?? 'unknown yet',
    price: (deal?.price ?? 0n).toString(),
    collateral: (deal?.collateral ?? 0n).toString(),
    ...optional('deadlineAt', isBeforeTheVote ? voteBySec * MS : undefined),
    ...optional('reason', reason),
    createdAt,
    updatedAt,
    transactions: []
  }
}
