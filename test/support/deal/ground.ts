import type { ToyEscrow } from './toy-escrow.ts'
import type { World } from './world.ts'

export interface Hazards {
  /** of losing a request or a reply */
  drop: number
  /** of a request arriving twice */
  duplicate: number
  /** of dying between the journal and the effects, at each step */
  crash: number
  /** of an effect failing, before or after it took place */
  fail: number
  /** of a specification or input that cannot be had. @default 0 */
  unprepared?: number
}

export const CALM: Hazards = { drop: 0, duplicate: 0, crash: 0, fail: 0 }

type Range = readonly [min: number, max: number]

/** How long things take that are neither a message nor a deadline, ms. */
export interface Pace {
  /** until an effect begins, and until its outcome is known */
  effectMs: Range
  outcomeMs: Range
  tickMs: Range
  /** between a block and when it is seen */
  chainLagMs: number
  /** fetching a specification and its inputs; fetching a result */
  prepareMs: Range
  fetchMs: Range
}

export const TOY_PACE: Pace = {
  effectMs: [0, 50],
  outcomeMs: [0, 300],
  tickMs: [400, 1_200],
  chainLagMs: 3_000,
  prepareMs: [0, 8_000],
  fetchMs: [100, 5_000]
}

/** What carries messages between the sides. */
export interface Wire {
  /** ms until a message arrives; undefined: never */
  carry(from: string, to: string, sizeBytes: number): number | undefined
}

/** What the sides of a world stand on. */
export interface Ground {
  world: World
  escrow: ToyEscrow
  hazards: Hazards
  wire: Wire
  pace: Pace
  /** after each change that a side has journaled */
  onRecord?(address: string, id: string, state: { phase: string }): void
}

/** Anything takes up to 400 ms, and some of it gets lost. */
export function lossyWire(world: World, drop: number): Wire {
  return { carry: () => (world.chance(drop) ? undefined : world.between(1, 400)) }
}

export function toyGround(world: World, escrow: ToyEscrow, hazards: Hazards): Ground {
  return {
    world,
    escrow,
    hazards: { unprepared: 0.05, ...hazards },
    wire: lossyWire(world, hazards.drop),
    pace: TOY_PACE
  }
}
