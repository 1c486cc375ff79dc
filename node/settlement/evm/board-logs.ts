import { encodeAbiParameters, keccak256 } from 'viem'
import type { BoardRequest } from '../../../protocols/board/types.ts'
import { type Address, fromHex, type Hex } from '../../../protocols/common/values.ts'
import type { Delivered } from '../board.ts'
import { lower } from '../typed-data.ts'
import { jobBoardAbi } from './generated/job-board.ts'
import { type Emitter, emitter, type Rows } from './topics.ts'

/** What a log of the board says; `deal` is the request's id. */
export type BoardFact = { deal: Hex } & (
  | { kind: 'requested'; request: BoardRequest; job: Uint8Array }
  | { kind: 'delivered'; delivered: Delivered }
  | { kind: 'callback-failed' }
  | { kind: 'refunded' }
)

const refund = jobBoardAbi.find(item => item.type === 'function' && item.name === 'refund')
const REQUEST = (refund as Extract<typeof refund, { name: 'refund' }>).inputs

/** The hash that names a request. */
export function requestId(request: BoardRequest): Hex {
  return keccak256(encodeAbiParameters(REQUEST, [request]))
}

const ROWS: Rows<typeof jobBoardAbi, BoardFact> = {
  Requested: ({ id, request, job }) => {
    const { requester, callback, ...rest } = request
    const ours: BoardRequest = { ...rest, requester: lower(requester), callback: lower(callback) }
    // what does not hash to its id could not be answered anyway
    return requestId(ours) === id ? { kind: 'requested', deal: id, request: ours, job: fromHex(job) } : undefined
  },
  Delivered: ({ id, agent, deal, manifest, digest, charge, exitCode }) => ({
    kind: 'delivered',
    deal: id,
    delivered: { agent: lower(agent), deal, manifest, digest, charge, exitCode: Number(exitCode) }
  }),
  CallbackFailed: ({ id }) => ({ kind: 'callback-failed', deal: id }),
  Refunded: ({ id }) => ({ kind: 'refunded', deal: id })
}

export function boardEmitter(board: Address): Emitter<BoardFact> {
  return emitter(board, jobBoardAbi, ROWS)
}
