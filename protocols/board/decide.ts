import type { Address, Hex } from '../common/values.ts'
import type { JobSpec } from '../job/schema.ts'
import type { Seat } from '../mediation/types.ts'
import { type Turn, turnsOf } from './rendezvous.ts'
import type { BoardRequest } from './types.ts'

/** What an agent does about a request now. */
export type Decision =
  | { do: 'take'; turn: Turn }
  /** its turn comes, by chain time */
  | { do: 'wait'; untilSec: number }
  | { do: 'leave'; reason: string }

export interface Agent {
  account: Address
  /** token units; once, and once more for each begun 100,000 gas of the callback */
  minFee: bigint
}

/** A callback's gas is paid in coin by the agent: the fee grows with it. */
const FEE_GAS = 100_000n
/** Of the time of a request, kept for a chain that is full and a node that restarts. */
const MARGIN_PARTS = 4

/** The least fee that an agent works for. */
export function feeFor(minFee: bigint, callbackGas: bigint): bigint {
  return minFee * (1n + (callbackGas + FEE_GAS - 1n) / FEE_GAS)
}

/** What a specification asks for that a board cannot deliver; undefined when nothing. */
export function refusalOf(spec: JobSpec): string | undefined {
  const { policy, include } = spec.verify
  if (spec.private) return 'private jobs have no result that a contract could read'
  if (include.length < 3) return 'the digest has to cover exit code, stdout and outputs'
  if (policy !== 'none' && !('spotPerMille' in policy)) return 'the policy has to be none or spot'
  return undefined
}

/** Why a request is nothing for an agent, whatever it is about: it costs no look at the network. */
export function tooPoor({ fee, callbackGas }: BoardRequest, minFee: bigint): string | undefined {
  const least = feeFor(minFee, callbackGas)
  return fee < least ? `the fee ${fee} is below ${least}` : undefined
}

/** Whether to begin now: a pure function of what everybody sees on the chain, and of the agent's own fee. */
export function decide(
  id: Hex,
  request: BoardRequest,
  { timeoutMs }: Pick<JobSpec, 'timeoutMs'>,
  seats: readonly Seat[],
  { account, minFee }: Agent,
  nowSec: number
): Decision {
  const poor = tooPoor(request, minFee)
  if (poor !== undefined) return { do: 'leave', reason: poor }
  const turn = turnsOf(id, request, seats).find(({ owner }) => owner === account)
  if (turn === undefined) return { do: 'leave', reason: 'no seat since before the request' }
  const timeoutSec = Number(request.timeout)
  const latest = Number(request.createdAt) + timeoutSec - timeoutSec / MARGIN_PARTS - timeoutMs / 1000
  if (Math.max(nowSec, turn.actsFromSec) > latest) return { do: 'leave', reason: 'too little time is left' }
  return nowSec < turn.actsFromSec ? { do: 'wait', untilSec: turn.actsFromSec } : { do: 'take', turn }
}
