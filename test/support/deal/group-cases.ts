import { beginGroup, stepGroup } from '../../../protocols/deal/replicas-machine.ts'
import type {
  GroupEvent,
  GroupJob,
  GroupPhase,
  GroupState,
  ReplicaNote
} from '../../../protocols/deal/replicas-types.ts'
import { account, toyGroupJob, toyResult, word } from './builders.ts'

type Unstamped<E> = E extends unknown ? Omit<E, 'atMs'> & { atMs?: number } : never
export type GroupInput = Unstamped<GroupEvent>

/** A result that waits, by number of the replica and of the digest. */
export const held = (replica: number, digest: number, changes: Partial<ReplicaNote> = {}): GroupInput => ({
  type: 'moved',
  replica,
  note: { standing: 'held', account: account(replica + 1), digest: word(digest), committee: true, ...changes }
})
/** A replica that ended, with or without a result. */
export const over = (replica: number, ended: ReplicaNote['ended'], changes: Partial<ReplicaNote> = {}): GroupInput => ({
  type: 'moved',
  replica,
  note: { standing: 'ended', committee: true, ...(ended === undefined ? {} : { ended }), ...changes }
})

/** One event of each type. */
export const GROUP_EVENTS = {
  submitted: { type: 'submitted', job: toyGroupJob() },
  begun: { type: 'begun', count: 3 },
  moved: held(0, 1),
  directed: { type: 'directed' },
  placed: { type: 'placed', result: toyResult() },
  cancelRequested: { type: 'cancelRequested' },
  effectFailed: { type: 'effectFailed', effect: 'begin', reason: 'x' },
  tick: { type: 'tick', nowSec: 100 },
  restarted: { type: 'restarted' }
} as const satisfies { [T in GroupEvent['type']]: GroupInput }

export const stepG = (state: GroupState, event: GroupInput) => stepGroup(state, { atMs: 0, ...event } as GroupEvent)

/** Carries a new job of three replicas, two of which must agree, through events. */
export const groupAfter = (...events: GroupInput[]): GroupState => sizedAfter({}, ...events)
export function sizedAfter(size: Partial<GroupJob>, ...events: GroupInput[]): GroupState {
  const start = beginGroup({ type: 'submitted', atMs: 0, job: toyGroupJob(size) }).state
  return events.reduce((state, event) => stepG(state, event).state, start)
}

const e = GROUP_EVENTS
const agreed = [e.begun, held(0, 1), held(1, 1)]
const split = [e.begun, held(0, 1), over(1, 'unmatched'), over(2, 'unmatched')]

/** How each phase is reached. */
export const GROUP_PATHS: Record<GroupPhase, GroupInput[]> = {
  comparing: [],
  agreed,
  split,
  done: [...agreed, e.placed, over(0, 'settled'), over(1, 'settled')],
  failed: [...split, over(0, 'settled')],
  unmatched: [e.begun, ...[0, 1, 2].map(i => over(i, 'unmatched')), e.directed],
  cancelled: [e.begun, e.cancelRequested, ...[0, 1, 2].map(i => over(i, 'cancelled')), e.directed]
}
