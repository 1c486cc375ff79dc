import type { Lane, Lanes } from './index.ts'

const MARKET: readonly Lane[] = ['']

/** One topic for everything, read by everybody: right up to some thousand providers. */
export const flatLanes: Lanes = { all: MARKET, lanesOf: () => MARKET, lanesFor: () => MARKET }
