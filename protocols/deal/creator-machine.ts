import { CREATOR_HANDLERS } from './creator-steps.ts'
import type { CreatorEffect, CreatorEvent, CreatorPhase, CreatorState } from './creator-types.ts'
import { CREATOR_DONE } from './creator-types.ts'
import type { Step } from './machine.ts'
import { put } from './outbox.ts'

/** A new job: the first ranking is the first effect. */
export function beginCreator(event: Extract<CreatorEvent, { type: 'submitted' }>): Step<CreatorState, CreatorEffect> {
  const effects: CreatorEffect[] = [{ type: 'rank', freshNonce: false }]
  const state: CreatorState = {
    ...event.job,
    phase: 'matching',
    timeline: [{ phase: 'matching', atMs: event.atMs }],
    outbox: put<CreatorEffect>([], ...effects),
    matchUntilMs: event.atMs + event.job.matchWindowMs,
    candidates: [],
    next: 0,
    refusals: [],
    passes: 0,
    signed: [],
    past: []
  }
  return { state, effects }
}

/** Pure: same state and event, same step. An event that does not fit the phase changes nothing. */
export function stepCreator(state: CreatorState, event: CreatorEvent): Step<CreatorState, CreatorEffect> {
  if (isDone(state.phase)) return { state, effects: [] }
  const handler = CREATOR_HANDLERS[event.type] as (
    s: CreatorState,
    e: CreatorEvent
  ) => Step<CreatorState, CreatorEffect>
  return handler(state, event)
}

export function isDone(phase: CreatorPhase): boolean {
  return CREATOR_DONE.includes(phase)
}
