import type { LocalAccount } from 'viem'
import type { Address } from '../../../protocols/common/values.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Settlement, SettlementLogger } from '../settlement.ts'
import { EvmSettlement } from './settlement.ts'

export interface EvmInit {
  /** HTTP(S) JSON-RPC endpoints of the chain, the preferred one first; up to 8 */
  rpcUrls: readonly string[]
  chainId: number
  escrow: Address
  token: Address
  /** what amounts are shown and prices are counted by; checked against the token's own word where given */
  tokenDecimals?: number
  /** checked against the escrow's own word. @default what the escrow says */
  court?: Address
  /** where contracts ask for jobs; checked against the escrow. @default none */
  board?: Address
  /** names of modules. @default none */
  modules?: Address
  /** the block of the escrow's deployment: events are read from here on */
  startBlock: bigint
  /** a chain for development: its clock may be moved, and it may be started anew. @default false */
  dev?: boolean
  /** how deep an event must lie before it is reported. @default 1 */
  confirmations?: number
  /** pause between looks at the chain; 20 on a local one. @default 1000 */
  pollMs?: number
  /** per RPC request. @default 10_000 */
  requestTimeoutMs?: number
  /** how often every endpoint shows again which chain it serves. @default 30_000 for several, 300_000 for one */
  recheckMs?: number
  /** unmined this long, a transaction is offered again at a higher fee. @default 30_000 */
  repriceAfterMs?: number
  /** how long a call waits for its transaction; it is tried on afterwards. @default 180_000 */
  waitMs?: number
}

export interface EvmComponents {
  /** a viem LocalAccount, or anything that signs like one */
  account: Pick<LocalAccount, 'address' | 'signTypedData' | 'signTransaction'>
  journal: Pick<Journal, 'getValue' | 'setValue'>
  logger?: SettlementLogger
  /** unix ms, for repricing only; deadlines are decided by the chain. @default Date.now */
  nowMs?: () => number
}

/**
 * Settlement on an EVM chain through the DealEscrow contract.
 *
 * `start` has every endpoint show which chain it serves, checks both contracts, and sends again what was under way. One
 * endpoint that serves the right chain is enough.
 * @throws (start) WrongChainError, WrongContractError, SettlementUnreachableError, EndpointsDisagreeError
 */
export const evmSettlement =
  (init: EvmInit) =>
  (components: EvmComponents): Settlement =>
    new EvmSettlement(init, components)
