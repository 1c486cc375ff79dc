import type { AbortOptions } from '../components.ts'
import type { Event } from './machine-runner.ts'

/** What comes of an effect: an event for the machine that owed it, or nothing to tell. */
export type Outcome<E extends { atMs: number }> = Promise<Event<E> | undefined>

type Perform<C, S, E extends { atMs: number }, F> = (c: C, state: S, effect: F, options: AbortOptions) => Outcome<E>

/** What each effect of a machine does in the world, by the effect's type. */
export type EffectTable<C, S, E extends { atMs: number }, F extends { type: string }> = {
  [T in F['type']]: Perform<C, S, E, Extract<F, { type: T }>>
}

/** Carries out an effect by its entry in the table. */
export function carryOut<C, S, E extends { atMs: number }, F extends { type: string }>(
  table: EffectTable<C, S, E, F>,
  ...[c, state, effect, options]: Parameters<Perform<C, S, E, F>>
): Outcome<E> {
  // the entry under a type takes the effect of that type, which the compiler cannot follow
  const perform = table[effect.type as F['type']] as Perform<C, S, E, F>
  return perform(c, state, effect, options)
}
