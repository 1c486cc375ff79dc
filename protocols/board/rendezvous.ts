import { encodeAbiParameters, keccak256, parseAbiParameters } from 'viem'
import type { Address, Hex } from '../common/values.ts'
import type { Seat } from '../mediation/types.ts'
import type { BoardRequest } from './types.ts'

/** A seat that may serve a request, and when its turn begins by chain time. */
export interface Turn {
  seat: number
  owner: Address
  /** 0 to turns - 1, as the board computes it */
  place: bigint
  /** unix s from which the board takes its delivery */
  fromSec: number
  /** unix s from which a node acts: the seats that share a place, or come close, follow one another */
  actsFromSec: number
}

const SCORED = parseAbiParameters('bytes32, uint256')
const HALF_BITS = 128n

/** The number that a seat has for a request: the smaller, the earlier. The upper half of keccak256(id, seat). */
export function scoreOf(id: Hex, seat: number): bigint {
  return BigInt(keccak256(encodeAbiParameters(SCORED, [id, BigInt(seat)]))) >> HALF_BITS
}

/** Which of `turns` turns a seat has, as the board computes it. */
export function placeOf(id: Hex, seat: number, turns: bigint): bigint {
  return (scoreOf(id, seat) * turns) >> HALF_BITS
}

/** Whether the board lets the owner of a seat serve a request. */
export function canServe(seat: Seat, { createdAt }: Pick<BoardRequest, 'createdAt'>): boolean {
  const isLeaving = seat.exitSec !== undefined && BigInt(seat.exitSec) < createdAt
  return BigInt(seat.fromSec) < createdAt && !isLeaving
}

/**
 * Who serves a request, in order; each seat once. A node acts when its place has come and everybody before it has had a turn, so two do
 * not do the same work at once; the board asks for the place alone. Ties of scores, which do not happen, go to the lower seat.
 */
export function turnsOf(
  id: Hex,
  request: Pick<BoardRequest, 'createdAt' | 'turn' | 'turns'>,
  seats: readonly Seat[]
): Turn[] {
  const able = seats.filter(seat => canServe(seat, request))
  const scored = able.map(seat => ({ seat, score: scoreOf(id, seat.index) }))
  scored.sort((a, b) => (a.score < b.score ? -1 : a.score > b.score ? 1 : a.seat.index - b.seat.index))
  const start = Number(request.createdAt)
  const turnSec = Number(request.turn)
  let actsFromSec = start - turnSec
  let before: string | undefined
  return scored.map(({ seat, score }) => {
    const place = (score * request.turns) >> HALF_BITS
    const fromSec = start + Number(place) * turnSec
    // an owner of two seats in a row needs no second turn
    if (seat.owner !== before) actsFromSec = Math.max(fromSec, actsFromSec + turnSec)
    before = seat.owner
    return { seat: seat.index, owner: seat.owner, place, fromSec, actsFromSec: Math.max(fromSec, actsFromSec) }
  })
}
