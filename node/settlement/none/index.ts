import type { Journal } from '../../journal/journal.ts'
import type { Settlement } from '../settlement.ts'
import type { TypedDataSigner } from '../typed-data.ts'
import { NoneSettlement } from './settlement.ts'

export interface NoneInit {
  /** the network's id: its hash is in every signature, so nothing signed here means anything elsewhere */
  network: string
  /** what each account has in the books before its first deal, in the token's smallest unit. @default 0n */
  credit?: bigint
}

export interface NoneComponents {
  account: TypedDataSigner
  journal: Pick<Journal, 'getValue' | 'setValue' | 'deleteValue' | 'transaction'>
  /** unix seconds. @default the wall clock */
  nowSec?: () => number
}

/**
 * Settlement for a private group that trusts itself: no chain, the same signatures (chain id 0, the network's salt) and
 * the same rules, kept in this node's own journal. Credit is unlimited: `free` is the net balance and may be negative;
 * nothing is ever refused for lack of tokens.
 *
 * Each side keeps its own books. What one party does, the other records by making the same call when it is told: `open` and
 * `close` carry both signatures, `settle` the creator's; `submit`, `forfeit` and the clock's calls are taken on trust. So
 * nobody is asked who calls, as the escrow asks: a node that calls writes into its own books, and nobody else's.
 */
export const noneSettlement =
  (init: NoneInit) =>
  (components: NoneComponents): Settlement =>
    new NoneSettlement(init, components)
