import type { Address } from '../common/values.ts'
import { isDone, stepCreator } from './creator-machine.ts'
import type { CreatorEffect, CreatorEvent, CreatorState } from './creator-types.ts'
import type { Step } from './machine.ts'
import type { ReplicaNote, SeenResult, Standing } from './replicas-types.ts'

/**
 * Accounts that no sibling of this replica may be with: those that may still open a deal of it, the one that has its deal or had,
 * and those that failed it. A nonce opens one deal, so once that is seen the other proposals are void.
 */
export function accountsOf(state: CreatorState): Address[] {
  const { attempt, signed, past, phase } = state
  const failed = past.map(p => p.provider)
  const mayOpen = isDone(phase) || attempt?.submitBySec !== undefined ? [] : signed.map(a => a.candidate.account)
  // the whole life of a deal may have been missed but for its end
  const wasOpen = attempt?.submitBySec !== undefined || state.end !== undefined || hasResult(state)
  const isDealt = attempt !== undefined && (!isDone(phase) || wasOpen)
  return [...failed, ...mayOpen, ...(isDealt ? [attempt.candidate.account] : [])]
}

/** Prices that were promised and are not locked yet: the balance must hold for all of a job's replicas together. */
export function promisedBy({ attempt, phase }: CreatorState): bigint {
  if (attempt === undefined || attempt.submitBySec !== undefined || isDone(phase)) return 0n
  return attempt.deal.price
}

/**
 * A replica's step: its own machine's, but a proposal that was signed for an account that a sibling took in the meantime is put
 * away. Steps of one process follow one another, so between two journal entries no account is taken twice.
 */
export function stepReplica(
  state: CreatorState,
  event: CreatorEvent,
  taken: ReadonlySet<Address>
): Step<CreatorState, CreatorEffect> {
  if (event.type !== 'proposalSigned') return stepCreator(state, event)
  const { atMs, attemptNo, index } = event
  const account = state.candidates[index]?.account
  const isTaken = account !== undefined && taken.has(account)
  return stepCreator(state, isTaken ? { type: 'taken', atMs, attemptNo, index } : event)
}

/** What a group sees of a replica. @param seen its result, where that is here and holds together */
export function noteOf(state: CreatorState, seen: SeenResult | undefined): ReplicaNote {
  const { attempt, phase, reason, error, cancelling } = state
  const account = attempt?.candidate.account ?? state.past.at(-1)?.provider
  return {
    standing: standingOf(state),
    ...(account === undefined ? {} : { account }),
    ...(hasResult(state) ? seen : {}),
    committee: attempt !== undefined && attempt.deal.committee !== 0,
    ...(cancelling === undefined ? {} : { stopped: cancelling }),
    ...(isDone(phase) ? { ended: phase } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error })
  }
}

const hasResult = ({ result }: CreatorState): boolean => result !== undefined

function standingOf(state: CreatorState): Standing {
  const { phase, closing, cancelling } = state
  if (isDone(phase)) return 'ended'
  if (phase === 'reviewing') return 'held'
  if (phase === 'accepted' || phase === 'rejected' || phase === 'disputed') return 'ruled'
  if (phase === 'fetching' && hasResult(state)) return 'ruled'
  if (cancelling || (closing !== undefined && closing !== 'renew')) return 'leaving'
  return phase === 'matching' || phase === 'proposing' ? 'looking' : 'busy'
}
