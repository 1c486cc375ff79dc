import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import { beginMediator, sealed, stepMediator } from '../../../protocols/mediation/mediator-machine.ts'
import type {
  Glance,
  MediatorEvent,
  MediatorPhase,
  MediatorState
} from '../../../protocols/mediation/mediator-types.ts'
import { toyDeal, word } from '../deal/builders.ts'
import { digestNo, SALT } from './toy-case.ts'

type Unstamped<E> = E extends unknown ? Omit<E, 'atMs'> & { atMs?: number } : never
export type MediatorInput = Unstamped<MediatorEvent>

export const DEAL_ID = word(0xdea1)
/** The vote window begins at 1,000: declining ends at 1,060, half is at 1,090, the last moment to commit is 1,171. */
export const VOTE_BY = 1_180
export const TERMS: Deal = toyDeal({ voteWindow: 180, submitWindow: 60, seatFee: 100n, committee: 3, needs: 1 })
const RESULT: Result = { deal: DEAL_ID, commitment: word(1), manifest: word(2), charge: 1n }
const OWN = { digest: digestNo(7), outcome: 'exited', wallMs: 10 }

const drawn = { type: 'drawn', dealId: DEAL_ID, round: 0, member: 1, seat: 5, salt: SALT } as const
export const start = (): MediatorState => beginMediator({ ...drawn, atMs: 0 }).state

const ours = sealed(start(), { digest: OWN.digest, orTimeout: false, outcome: 'exited' })
const glance = (changes: Partial<Glance>): MediatorInput => ({
  type: 'looked',
  glance: { phase: 'voting', voteBySec: VOTE_BY, isCurrent: true, standing: 'drawn', ...changes }
})
/** What a look at the court may say. */
export const LOOKS = {
  drawing: glance({ phase: 'drawing', voteBySec: undefined as never }),
  voting: glance({}),
  committed: glance({ standing: 'committed', committed: ours }),
  foreign: glance({ standing: 'committed', committed: '0x00' }),
  revealing: glance({ phase: 'revealing', standing: 'committed', committed: ours }),
  revealed: glance({ phase: 'revealing', standing: 'revealed' }),
  missed: glance({ phase: 'revealing' }),
  unopened: glance({ phase: 'judged', standing: 'committed', committed: ours }),
  declined: glance({ standing: 'declined' }),
  excused: glance({ phase: 'judged', standing: 'excused' }),
  gone: { type: 'looked', glance: undefined }
} as const satisfies Record<string, MediatorInput>

/** One event of each type. */
export const MEDIATOR_EVENTS = {
  drawn,
  redrawn: { type: 'redrawn', round: 0, member: 1, seat: 5 },
  read: { type: 'read', deal: TERMS, result: RESULT },
  admitted: { type: 'admitted' },
  prepared: { type: 'prepared', timeoutMs: 60_000 },
  ran: { type: 'ran', ...OWN },
  invalid: { type: 'invalid', reason: 'needs' },
  cannot: { type: 'cannot', code: 'engine-missing', reason: 'no js' },
  cannotDecline: { type: 'cannotDecline', reason: 'late' },
  sent: { type: 'sent', effect: 'cleanUp' },
  looked: LOOKS.voting,
  ended: { type: 'ended', providerWrong: false, paid: 0n, lost: 0n },
  drain: { type: 'drain' },
  effectFailed: { type: 'effectFailed', effect: 'read', reason: 'x' },
  tick: { type: 'tick', nowSec: 1_010 },
  restarted: { type: 'restarted' }
} as const satisfies { [T in MediatorEvent['type']]: MediatorInput }

export function stepM(state: MediatorState, event: MediatorInput) {
  return stepMediator(state, { atMs: 0, ...event } as MediatorEvent)
}

/** Carries a new machine, or one in a given state, through events. */
export function mediatorAfter(...events: MediatorInput[]): MediatorState {
  return events.reduce<MediatorState>((state, event) => stepM(state, event).state, start())
}

const e = MEDIATOR_EVENTS
const waiting = [e.read, LOOKS.voting]
const running = [...waiting, e.admitted, e.prepared]
const committed = [...running, e.ran, LOOKS.committed]
const revealed = [...committed, LOOKS.revealing, LOOKS.revealed]
const ended = (paid: bigint, lost: bigint): MediatorInput => ({ ...e.ended, paid, lost })

/** How each phase is reached, in the vote window. */
export const MEDIATOR_PATHS: Record<MediatorPhase, MediatorInput[]> = {
  summoned: [],
  waiting,
  preparing: [...waiting, e.admitted],
  running,
  committing: [...running, e.ran],
  committed,
  revealing: [...committed, LOOKS.revealing],
  revealed,
  declining: [...waiting, e.admitted, e.cannot],
  absent: [...waiting, LOOKS.missed],
  paid: [...revealed, ended(5n, 0n)],
  slashed: [...revealed, ended(0n, 3n)],
  unpaid: [...revealed, ended(0n, 0n)],
  declined: [...waiting, e.admitted, e.cannot, LOOKS.declined],
  excused: [...waiting, LOOKS.excused]
}
