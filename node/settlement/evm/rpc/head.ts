import { EndpointFault } from './faults.ts'

/** An endpoint's newest block as it was seen. */
export interface Head {
  number: bigint
  /** not known where the number alone was asked for */
  timestampSec: number | undefined
  seenAtMs: number
}

export interface HeadLimits {
  /** a chain for development: its clock is moved by hand */
  dev: boolean
}

/** A head may go back this far in a reorg; no chain in use has come near it. */
export const BACK_BLOCKS = 256n
/** A head may go ahead by this much at once, and by this much more with every second: faster than any chain. */
const AHEAD_BLOCKS = 100_000n
const AHEAD_BLOCKS_A_SECOND = 20n
/** Chains allow blocks some seconds ahead of time; a wall clock may be some minutes off. */
const AHEAD_SEC = 900
/** Behind another endpoint by both: far enough to be useless, and more than two looks that came between two blocks. */
const LAG_BLOCKS = 16n
const LAG_SEC = 60

/**
 * Whether a head can follow the one that the same endpoint gave before.
 *
 * @throws EndpointFault (lie) when it goes far backwards or far into the future
 */
export function checkHead(next: Head, previous: Head | undefined, { dev }: HeadLimits): void {
  const aheadSec = (next.timestampSec ?? 0) - next.seenAtMs / 1000
  if (!dev && aheadSec > AHEAD_SEC) {
    throw new EndpointFault(
      'lie',
      `its newest block is ${Math.round(aheadSec)} s in the future (or this clock is wrong)`
    )
  }
  if (previous === undefined) return
  if (next.number + BACK_BLOCKS < previous.number) {
    throw new EndpointFault('lie', `its chain went back from block ${previous.number} to ${next.number}`)
  }
  const elapsedSec = BigInt(Math.max(0, Math.round((next.seenAtMs - previous.seenAtMs) / 1000)))
  if (next.number > previous.number + AHEAD_BLOCKS + elapsedSec * AHEAD_BLOCKS_A_SECOND) {
    throw new EndpointFault('lie', `its chain went ahead from block ${previous.number} to ${next.number} at once`)
  }
}

/** The fault of a head that is far behind the best of those seen at the same time. */
export function lagOf(head: Head, others: readonly Head[]): EndpointFault | undefined {
  const isFarBehind = (other: Head): boolean =>
    other.number - head.number > LAG_BLOCKS && (other.timestampSec ?? 0) - (head.timestampSec ?? 0) > LAG_SEC
  const best = others.find(isFarBehind)
  if (best === undefined) return undefined
  return new EndpointFault(
    'lagging',
    `it lags: its newest block is ${head.number}, another endpoint has ${best.number}`
  )
}
