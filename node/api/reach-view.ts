import type { ReachView } from '../http/views.ts'
import type { Reach } from '../network/reach/index.ts'
import { statusOf, verdictOf } from '../network/reach/verdict.ts'
import { optional } from './job-view.ts'

/** How others reach this node, as far as it knows. */
export function reachView(reach: Pick<Reach, 'facts' | 'relaying'>): ReachView {
  const facts = reach.facts()
  const { openAt, relays, nat, punched, seenAs } = facts
  return {
    status: statusOf(facts),
    openAt: [...openAt],
    ...optional('seenAs', seenAs),
    nat,
    relays: [...relays],
    punched,
    ...optional('relaying', reach.relaying()),
    ...verdictOf(facts)
  }
}
