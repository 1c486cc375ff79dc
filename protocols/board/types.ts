import type { Address, Hex } from '../common/values.ts'

/** A request as the board has it: amounts in the token's smallest unit, times in seconds. Its hash is its id. */
export interface BoardRequest {
  requester: Address
  /** sha2-256 of the job specification */
  spec: Hex
  bid: bigint
  fee: bigint
  /** the zero address: nobody is called */
  callback: Address
  callbackGas: bigint
  turn: bigint
  turns: bigint
  timeout: bigint
  lane: bigint
  createdAt: bigint
  seed: Hex
}

/** What a requester chooses. */
export type BoardOrder = Pick<
  BoardRequest,
  'bid' | 'fee' | 'callback' | 'callbackGas' | 'turn' | 'turns' | 'timeout' | 'lane'
>

/** What the board has of a run: digests of CIDs, and what opens the commitment. */
export interface BoardRun {
  /** by number: exited, timeout, out-of-memory, disk-full */
  outcome: number
  exitCode: number
  stdoutCodec: number
  stdout: Hex
  outputs: Hex
  salt: Hex
}
