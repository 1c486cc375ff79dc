/**
 * The effects a machine has decided on and not yet seen concluded. It is part of the journaled state, so a restarted node
 * knows what it still owes; every effect is therefore idempotent or checks the world first.
 */
export interface Pending<F extends { type: string }> {
  effect: F
  tries: number
  /** unix ms of the next try; undefined while one is under way */
  notBeforeMs?: number
}

export type Outbox<F extends { type: string }> = readonly Pending<F>[]

/** Waits between tries: doubling from `firstMs` to `maxMs`. */
export interface Backoff {
  firstMs: number
  maxMs: number
}

export const DEFAULT_BACKOFF: Backoff = { firstMs: 500, maxMs: 15_000 }

/** Adds an effect; one that is already pending under the same type is replaced. */
export function put<F extends { type: string }>(outbox: Outbox<F>, ...effects: F[]): Outbox<F> {
  const types = new Set(effects.map(e => e.type))
  return [...outbox.filter(p => !types.has(p.effect.type)), ...effects.map(effect => ({ effect, tries: 1 }))]
}

/** Removes what has been concluded. */
export function conclude<F extends { type: string }>(outbox: Outbox<F>, ...types: F['type'][]): Outbox<F> {
  return outbox.some(p => types.includes(p.effect.type)) ? outbox.filter(p => !types.includes(p.effect.type)) : outbox
}

/** Notes a failed try and when the next one is due. */
export function postpone<F extends { type: string }>(
  outbox: Outbox<F>,
  type: F['type'],
  nowMs: number,
  backoff: Backoff = DEFAULT_BACKOFF
): Outbox<F> {
  return outbox.map(p => {
    if (p.effect.type !== type) return p
    const wait = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(p.tries - 1, 20))
    return { effect: p.effect, tries: p.tries, notBeforeMs: nowMs + wait }
  })
}

/** Counts tries from one again: the last one came further than those before it. */
export function startOver<F extends { type: string }>(outbox: Outbox<F>, type: F['type']): Outbox<F> {
  return outbox.map(p => (p.effect.type === type ? { ...p, tries: 1 } : p))
}

/** Puts what is pending off to a time. */
export function putOff<F extends { type: string }>(outbox: Outbox<F>, type: F['type'], notBeforeMs: number): Outbox<F> {
  return outbox.map(p => (p.effect.type === type ? { effect: p.effect, tries: p.tries, notBeforeMs } : p))
}

/** Takes out what is due: the outbox with those tries under way, and the effects to carry out. */
export function due<F extends { type: string }>(outbox: Outbox<F>, nowMs: number): { outbox: Outbox<F>; effects: F[] } {
  const ready = outbox.filter(p => p.notBeforeMs !== undefined && p.notBeforeMs <= nowMs)
  if (ready.length === 0) return { outbox, effects: [] }
  return {
    outbox: outbox.map(p => (ready.includes(p) ? { effect: p.effect, tries: p.tries + 1 } : p)),
    effects: ready.map(p => p.effect)
  }
}

/** After a restart nothing is under way any more: everything pending is carried out again. */
export function reissue<F extends { type: string }>(outbox: Outbox<F>): { outbox: Outbox<F>; effects: F[] } {
  return {
    outbox: outbox.map(p => ({ effect: p.effect, tries: p.tries + 1 })),
    effects: outbox.map(p => p.effect)
  }
}
