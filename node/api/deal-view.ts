import type { CreatorState } from '../../protocols/deal/creator-types.ts'
import type { ProviderState } from '../../protocols/deal/provider-machine.ts'
import type { MediatorState } from '../../protocols/mediation/mediator-types.ts'
import type { DealView } from '../http/views.ts'
import type { MachineRecord } from '../journal/journal.ts'
import { jobView, optional } from './job-view.ts'

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

/** A job that somebody agreed to, as a deal; undefined before that. */
export function creatorDealView(record: MachineRecord<CreatorState>): DealView | undefined {
  const { attempt, end } = record.state
  if (attempt?.providerSignature === undefined) return undefined
  const { deal } = attempt
  const job = jobView(record)
  return {
    id: attempt.dealId,
    role: 'creator',
    job: job.id,
    phase: record.state.phase,
    counterparty: deal.provider,
    price: deal.price.toString(),
    collateral: deal.collateral.toString(),
    ...(end === undefined ? { deadlineAt: (attempt.submitBySec ?? deal.openBefore) * MS } : {}),
    ...optional('reason', record.state.reason),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    transactions: job.transactions
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
