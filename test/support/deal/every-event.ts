import assert from 'node:assert/strict'

interface Owing {
  phase: string
  outbox: readonly { effect: unknown; notBeforeMs?: number }[]
}

/** Event → phase → the phase it leads to. A pair in neither table changes nothing at all. */
export interface EventTables<P extends string, T extends string> {
  moves: { [type in T]?: Partial<Record<P, P>> }
  /** the phase stays, the state does not: something is noted or no longer owed */
  silent: { [type in T]?: readonly P[] }
}

/** Holds a machine in one phase to its tables, with one event of each type; what it is to do is owed until concluded. */
export function meetsEveryEvent<
  P extends string,
  T extends string,
  S extends Owing & { phase: P },
  E extends { type: T }
>(
  state: S,
  events: readonly E[],
  step: (state: S, event: E) => { state: S; effects: readonly unknown[] },
  { moves, silent }: EventTables<P, T>
): void {
  const { phase } = state
  for (const event of events) {
    const { state: next, effects } = step(state, event)
    const to = moves[event.type]?.[phase]
    const isQuiet = to === undefined && !silent[event.type]?.includes(phase)
    assert.equal(next.phase, to ?? phase, event.type)
    assert.equal(next === state, isQuiet, `${event.type} in ${phase}`)
    if (isQuiet) assert.deepEqual(effects, [], event.type)
    for (const effect of effects) assert.ok(next.outbox.some(p => p.effect === effect && p.notBeforeMs === undefined))
  }
}
