import { placeOf, scoreOf, turnsOf } from '../../../protocols/board/rendezvous.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, type Hex, toHex } from '../../../protocols/common/values.ts'
import type { Seat } from '../../../protocols/mediation/types.ts'

const idOf = (n: number): Hex => toHex(sha256(Buffer.from(`request ${n}`)))
const ownerOf = (n: number): Address => toHex(sha256(Buffer.from(`owner ${n}`)).subarray(0, 20)) as Address

const CASES: readonly [id: number, seat: number, turns: bigint][] = [
  ...[0, 1, 2, 3, 7, 40, 4_294_967_294].map((seat): [number, number, bigint] => [0, seat, 8n]),
  ...[1n, 2n, 3n, 1_000n, 4_294_967_295n].map((turns): [number, number, bigint] => [1, 5, turns]),
  ...[2, 3, 4, 5].map((id): [number, number, bigint] => [id, 0, 64n])
]

/** Who serves a request of the board, and when. */
export function rendezvousVectors(): object {
  const places = CASES.map(([n, seat, turns]) => {
    const id = idOf(n)
    return {
      id,
      seat,
      turns: Number(turns),
      score: scoreOf(id, seat).toString(),
      place: Number(placeOf(id, seat, turns))
    }
  })
  const owners = [0, 1, 2, 2, 3, 4]
  const seats = owners.map((owner, index): Seat => {
    const left = index === 4 ? { exitSec: 900 } : {}
    const amounts = { stake: 1n, risk: 0n, capabilities: 1 }
    return { index, owner: ownerOf(owner), fromSec: index === 5 ? 1000 : 500, ...left, ...amounts }
  })
  const orders = [0, 1, 2].map(n => {
    const request = { createdAt: 1000n, turn: 60n, turns: 6n }
    const turns = turnsOf(idOf(n), request, seats).map(turn => ({ ...turn, place: Number(turn.place) }))
    return { id: idOf(n), createdAt: 1000, turn: 60, turns: 6, order: turns }
  })
  return { places, seats: seats.map(({ stake: _s, risk: _r, capabilities: _c, ...seat }) => seat), orders }
}
