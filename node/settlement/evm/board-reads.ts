import type { BoardRequest } from '../../../protocols/board/types.ts'
import type { Address } from '../../../protocols/common/values.ts'
import { WrongContractError } from '../errors.ts'
import { lower } from '../typed-data.ts'
import type { ChainClient } from './client.ts'
import { isUnreachable } from './errors.ts'
import { jobBoardAbi } from './generated/job-board.ts'

/** A board pays by what its own escrow says. @throws WrongContractError */
export async function checkBoard(client: ChainClient, escrow: Address, board: Address): Promise<void> {
  const its = await client
    .readContract({ address: board, abi: jobBoardAbi, functionName: 'escrow' })
    .catch((cause: unknown) => {
      if (isUnreachable(cause)) throw cause
      throw wrongBoard('there is no job board at this address', board, undefined, cause)
    })
  if (lower(its) !== escrow) throw wrongBoard('the job board belongs to another escrow', its, escrow)
}

/** The contract's State, by its number. */
const STATES = ['none', 'open', 'delivered', 'refunded'] as const

/** What became of the last request in a lane. */
export async function readLane(
  client: ChainClient,
  board: Address,
  { requester, lane }: BoardRequest
): Promise<(typeof STATES)[number]> {
  const args = [requester, lane] as const
  const state = await client.readContract({ address: board, abi: jobBoardAbi, functionName: 'laneOf', args })
  return STATES[state] ?? 'none'
}

function wrongBoard(message: string, value: unknown, limit?: string, cause?: unknown): WrongContractError {
  return new WrongContractError(message, {
    field: 'board',
    value,
    ...(limit === undefined ? {} : { limit }),
    remedy: 'check the escrow and board addresses of the network',
    cause
  })
}
