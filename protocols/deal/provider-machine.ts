import type { Address, Hex } from '../common/values.ts'
import type { Needs, Outcome, Usage } from '../job/schema.ts'
import { type ChainEnd, enter, type MachineState, type Step } from './machine.ts'
import type { Delivery, PROVIDER_STEPS } from './messages.ts'
import { conclude, due, postpone, put, reissue } from './outbox.ts'
import type { Deal } from './schema.ts'

/**
 * The provider's side of one deal: from both signatures to the end of the money. Nothing is opened before everything is
 * local; a result is handed to the creator first and goes on chain only when the creator is silent or says no.
 */
export type ProviderPhase =
  | 'preparing'
  | 'opening'
  | 'running'
  | 'publishing'
  | 'delivering'
  | 'submitted'
  | 'disputed'
  | 'settling'
  | 'settled'
  | 'forfeiting'
  | 'forfeited'
  | 'released'
  | 'lost'

export const PROVIDER_DONE: readonly ProviderPhase[] = ['settled', 'forfeited', 'released', 'lost']

export type ProviderEffect =
  | { type: 'prepare' }
  | { type: 'open' }
  | { type: 'run' }
  | { type: 'cancelRun' }
  | { type: 'publish' }
  | { type: 'deliver' }
  | { type: 'tellFailed'; reason: string }
  | { type: 'submit' }
  | { type: 'settle'; signature: Hex }
  | { type: 'claim' }
  | { type: 'defend' }
  | { type: 'forfeit' }
  | { type: 'checkEnd' }
  | { type: 'cleanUp' }

export interface RunRecord {
  status: Outcome
  exitCode?: number
  reason?: string
  usage: Usage
  startedAt: number
  finishedAt: number
}

export interface ProviderState extends MachineState<ProviderPhase, ProviderEffect> {
  dealId: Hex
  deal: Deal
  creatorSignature: Hex
  providerSignature: Hex
  creator: { account: Address; peer: string; addrs: string[] }
  spec: Uint8Array
  needs: Needs
  /** ids of the GPUs that are this deal's alone while it holds room */
  gpuIds?: string[]
  timeoutMs: number
  openTransaction?: Hex
  submitBySec?: number
  /** chain time from which a silent creator makes us submit: half of the submit window */
  submitAtSec?: number
  reviewBySec?: number
  run?: RunRecord
  delivery?: Delivery
  resultCid?: string
  end?: ChainEnd
}

export type ProviderEvent = { atMs: number } & (
  | {
      type: 'agreed'
      state: Omit<ProviderState, 'phase' | 'timeline' | 'outbox'>
    }
  | { type: 'prepared' }
  | { type: 'prepareFailed'; reason: string }
  | { type: 'opened'; transaction: Hex; submitBySec: number; nowSec: number }
  | { type: 'openFailed'; reason: string }
  | { type: 'ran'; run: RunRecord }
  | { type: 'runLost'; reason: string }
  | { type: 'published'; delivery: Delivery; resultCid: string }
  | { type: 'delivered' }
  | { type: 'accepted'; signature: Hex }
  | { type: 'rejected'; reason: string }
  | { type: 'submitted'; reviewBySec: number }
  | { type: 'challenged' }
  | { type: 'defended' }
  | { type: 'ended'; end: ChainEnd }
  | { type: 'told' }
  | { type: 'cleaned' }
  | { type: 'cancelRequested' }
  | { type: 'drain' }
  | { type: 'effectFailed'; effect: ProviderEffect['type']; reason: string; name?: string }
  | { type: 'tick'; nowSec: number }
  | { type: 'restarted' }
)

type Handler<T extends ProviderEvent['type']> = (
  state: ProviderState,
  event: Extract<ProviderEvent, { type: T }>
) => Step<ProviderState, ProviderEffect>

/** The reservation that `agreed` makes: it holds from the moment it is journaled. */
export function beginProvider(event: Extract<ProviderEvent, { type: 'agreed' }>): Step<ProviderState, ProviderEffect> {
  const effects: ProviderEffect[] = [{ type: 'prepare' }]
  const state: ProviderState = {
    ...event.state,
    phase: 'preparing',
    timeline: [{ phase: 'preparing', atMs: event.atMs }],
    outbox: put<ProviderEffect>([], ...effects)
  }
  return { state, effects }
}

/** Pure: same state and event, same step. An event that does not fit the phase changes nothing. */
export function stepProvider(state: ProviderState, event: ProviderEvent): Step<ProviderState, ProviderEffect> {
  if (PROVIDER_DONE.includes(state.phase) && !AFTERLIFE.includes(event.type)) return stay(state)
  return (HANDLERS[event.type] as Handler<typeof event.type>)(state, event)
}

/** What the creator is told when it asks. */
export function stepName(state: ProviderState): (typeof PROVIDER_STEPS)[number] {
  return STEP_NAMES[state.phase]
}

/** Whether the deal still occupies the machine. */
export function holdsRoom(state: ProviderState): boolean {
  return ['preparing', 'opening', 'running', 'publishing'].includes(state.phase)
}

const STEP_NAMES: Record<ProviderPhase, (typeof PROVIDER_STEPS)[number]> = {
  preparing: 'preparing',
  opening: 'opening',
  running: 'running',
  publishing: 'publishing',
  delivering: 'delivering',
  submitted: 'submitted',
  disputed: 'submitted',
  settling: 'delivering',
  settled: 'settled',
  forfeiting: 'failed',
  forfeited: 'failed',
  released: 'failed',
  lost: 'failed'
}

const AFTERLIFE: readonly ProviderEvent['type'][] = ['told', 'cleaned', 'effectFailed', 'tick', 'restarted']

/** An effect that keeps failing past these tries is given up; money effects never are (the chain decides). */
const MAX_TRIES: Partial<Record<ProviderEffect['type'], number>> = { tellFailed: 5, cleanUp: 5, cancelRun: 3 }

const stay = (state: ProviderState): Step<ProviderState, ProviderEffect> => ({ state, effects: [] })

const isPending = (state: ProviderState, type: ProviderEffect['type']): boolean =>
  state.outbox.some(p => p.effect.type === type)

/** The same state, or one whose outbox lacks what has been concluded. */
function concluded(state: ProviderState, type: ProviderEffect['type']): ProviderState {
  const outbox = conclude(state.outbox, type)
  return outbox === state.outbox ? state : { ...state, outbox }
}

function go(
  state: ProviderState,
  phase: ProviderPhase,
  atMs: number,
  concluded: ProviderEffect['type'][],
  ...effects: ProviderEffect[]
): Step<ProviderState, ProviderEffect> {
  return {
    state: enter({ ...state, outbox: put(conclude(state.outbox, ...concluded), ...effects) }, phase, atMs),
    effects
  }
}

/** Ends a deal that was never opened: nobody owes anything. One that turned out to be open is given back instead. */
function release(state: ProviderState, reason: string, atMs: number): Step<ProviderState, ProviderEffect> {
  if (state.submitBySec !== undefined) return forfeit(state, reason, atMs)
  return go({ ...state, outbox: [], reason }, 'released', atMs, [], { type: 'tellFailed', reason }, { type: 'cleanUp' })
}

/** Gives an opened deal back: the creator is paid back with a quarter of the collateral, at once. */
function forfeit(state: ProviderState, reason: string, atMs: number): Step<ProviderState, ProviderEffect> {
  const cancel: ProviderEffect[] = state.phase === 'running' ? [{ type: 'cancelRun' }] : []
  return go(
    { ...state, outbox: [], reason },
    'forfeiting',
    atMs,
    [],
    { type: 'forfeit' },
    { type: 'tellFailed', reason },
    ...cancel
  )
}

const HANDLERS: { [T in ProviderEvent['type']]: Handler<T> } = {
  agreed: state => stay(state),
  prepared: (s, e) => (s.phase === 'preparing' ? go(s, 'opening', e.atMs, ['prepare'], { type: 'open' }) : stay(s)),
  prepareFailed: (s, e) => (s.phase === 'preparing' ? release(s, e.reason, e.atMs) : stay(s)),
  opened: (s, e) => {
    if (s.phase !== 'opening' && s.phase !== 'preparing') return stay(s)
    const submitAtSec = e.nowSec + Math.floor((e.submitBySec - e.nowSec) / 2)
    const opened = { ...s, openTransaction: e.transaction, submitBySec: e.submitBySec, submitAtSec }
    // opened by a transaction from before a crash: the work goes on, but it can no longer be let go for nothing
    if (s.phase === 'preparing') return s.submitBySec === e.submitBySec ? stay(s) : stay(opened)
    return go(opened, 'running', e.atMs, ['open'], { type: 'run' })
  },
  openFailed: (s, e) => (s.phase === 'opening' ? release(s, e.reason, e.atMs) : stay(s)),
  ran: (s, e) => {
    if (s.phase !== 'running') return stay(s)
    const ran = { ...s, run: e.run }
    if (e.run.status === 'engine-error') return forfeit(ran, e.run.reason ?? 'the engine failed', e.atMs)
    return go(ran, 'publishing', e.atMs, ['run', 'cancelRun'], { type: 'publish' })
  },
  runLost: (s, e) => (s.phase === 'running' || s.phase === 'publishing' ? forfeit(s, e.reason, e.atMs) : stay(s)),
  published: (s, e) =>
    s.phase === 'publishing'
      ? go({ ...s, delivery: e.delivery, resultCid: e.resultCid }, 'delivering', e.atMs, ['publish'], {
          type: 'deliver'
        })
      : stay(s),
  delivered: s => stay(concluded(s, 'deliver')),
  accepted: (s, e) =>
    s.phase === 'delivering' || s.phase === 'submitted'
      ? go(s, 'settling', e.atMs, ['deliver', 'submit', 'claim'], { type: 'settle', signature: e.signature })
      : stay(s),
  rejected: (s, e) =>
    s.phase === 'delivering' && !isPending(s, 'submit')
      ? go({ ...s, reason: `the creator rejected the result: ${e.reason}` }, 'delivering', e.atMs, ['deliver'], {
          type: 'submit'
        })
      : stay(s),
  submitted: (s, e) =>
    s.phase === 'delivering' ? go({ ...s, reviewBySec: e.reviewBySec }, 'submitted', e.atMs, ['submit']) : stay(s),
  // whatever else was under way: only the court ends this deal now
  challenged: (s, e) =>
    s.phase === 'disputed' || s.delivery === undefined
      ? stay(s)
      : go({ ...s, outbox: [] }, 'disputed', e.atMs, [], { type: 'defend' }),
  defended: s => stay(concluded(s, 'defend')),
  ended: (s, e) => {
    const phase = phaseAfter(e.end)
    const reason = phase === 'lost' ? lostBecause(e.end, s.reason) : s.reason
    const ended = { ...s, outbox: s.outbox.filter(p => p.effect.type === 'tellFailed'), end: e.end }
    return go(reason === undefined ? ended : { ...ended, reason }, phase, e.atMs, [], { type: 'cleanUp' })
  },
  told: s => stay(concluded(s, 'tellFailed')),
  cleaned: s => stay(concluded(s, 'cleanUp')),
  cancelRequested: (s, e) => {
    if (s.phase === 'preparing') return release(s, 'the creator cancelled', e.atMs)
    if (s.phase !== 'running' || isPending(s, 'cancelRun')) return stay(s)
    return go(s, 'running', e.atMs, [], { type: 'cancelRun' })
  },
  drain: (s, e) => {
    const reason = 'the provider is shutting down'
    if (s.phase === 'preparing') return release(s, reason, e.atMs)
    return s.phase === 'running' ? forfeit(s, reason, e.atMs) : stay(s)
  },
  effectFailed: (s, e) => {
    const pending = s.outbox.find(p => p.effect.type === e.effect)
    if (pending === undefined) return stay(s)
    const max = MAX_TRIES[e.effect]
    if (max !== undefined && pending.tries >= max) return stay(concluded(s, e.effect))
    return stay({ ...s, outbox: postpone(s.outbox, e.effect, e.atMs) })
  },
  tick: (s, e) => onTime(s, e.nowSec, e.atMs),
  restarted: s => {
    if (s.outbox.length === 0) return stay(s)
    const { outbox, effects } = reissue(s.outbox)
    return { state: { ...s, outbox }, effects }
  }
}

function phaseAfter(end: ChainEnd): ProviderPhase {
  if (end.kind === 'forfeited') return 'forfeited'
  if (end.kind === 'timed-out' || (end.kind === 'resolved' && end.toProvider === 0n)) return 'lost'
  return 'settled'
}

function lostBecause({ kind }: ChainEnd, known: string | undefined): string {
  if (kind === 'resolved') return 'the court found the result wrong: price and collateral are lost'
  return known ?? 'the submit window passed before a result was submitted'
}

/** Phases that the creator may end by a timeout once submitBy has passed. */
const MAY_BE_LATE: readonly ProviderPhase[] = ['running', 'publishing', 'delivering', 'settling', 'forfeiting']

/** What the clock alone decides. Chain deadlines use chain time, retries the wall clock. */
function onTime(state: ProviderState, nowSec: number, atMs: number): Step<ProviderState, ProviderEffect> {
  const { phase, submitBySec = Infinity, submitAtSec = Infinity, reviewBySec = Infinity } = state
  const once = (effect: ProviderEffect) =>
    isPending(state, effect.type) ? undefined : go(state, phase, atMs, [], effect)
  const tried = due(state.outbox, atMs)
  const later =
    tried.effects.length === 0 ? stay(state) : { state: { ...state, outbox: tried.outbox }, effects: tried.effects }
  if (phase === 'preparing' && nowSec > state.deal.openBefore && submitBySec === Infinity) {
    return release(state, 'the inputs did not arrive before the deal had to be opened', atMs)
  }
  if (phase === 'submitted' && nowSec > reviewBySec) return once({ type: 'claim' }) ?? later
  if (MAY_BE_LATE.includes(phase) && nowSec > submitBySec) return once({ type: 'checkEnd' }) ?? later
  if (phase === 'delivering' && nowSec >= submitAtSec) return once({ type: 'submit' }) ?? later
  // three quarters of the window are gone and nothing is there to deliver: a quarter of the collateral is less than all
  if ((phase === 'running' || phase === 'publishing') && nowSec >= (submitAtSec + submitBySec) / 2) {
    return forfeit(state, 'the result was not ready in time', atMs)
  }
  return later
}
