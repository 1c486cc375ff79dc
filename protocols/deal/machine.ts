import type { Outbox } from './outbox.ts'

/** What a step of a deal machine returns: the next state and what to do in the world because of it. */
export interface Step<S, F> {
  state: S
  effects: readonly F[]
}

export interface Moment {
  phase: string
  atMs: number
}

/** Common to both machines: where it is, how it got there, and what it still owes the world. */
export interface MachineState<P extends string, F extends { type: string }> {
  phase: P
  timeline: readonly Moment[]
  outbox: Outbox<F>
  /** why the machine is where it is, when that needs a word */
  reason?: string
}

/** How the money of a deal ended. */
export interface ChainEnd {
  kind: 'settled' | 'claimed' | 'forfeited' | 'timed-out' | 'closed' | 'resolved'
  toProvider: bigint
  toCreator: bigint
  transaction: `0x${string}`
}

export const MAX_TIMELINE = 64

/** Moves to a phase and notes when. */
export function enter<P extends string, S extends { phase: P; timeline: readonly Moment[] }>(
  state: S,
  phase: P,
  atMs: number
): S {
  if (state.phase === phase) return state
  return { ...state, phase, timeline: [...state.timeline, { phase, atMs }].slice(-MAX_TIMELINE) }
}
