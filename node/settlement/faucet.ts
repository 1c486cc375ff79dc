import { UserError } from '../../protocols/common/errors.ts'
import type { Address, Hex } from '../../protocols/common/values.ts'
import type { AbortOptions } from '../components.ts'
import type { Receipt } from './settlement.ts'

/** What a faucet gives and how often; fixed when it is deployed. */
export interface FaucetSettings {
  /** wei of one drip */
  coin: bigint
  /** smallest unit of one drip */
  tokens: bigint
  /** between two drips to one account */
  intervalSec: number
  /** to all accounts together, in a UTC day */
  dripsPerDay: number
}

/** What a faucet has now. */
export interface FaucetState {
  coin: bigint
  tokens: bigint
  leftToday: number
}

/** The faucet contract as its operator sees it. */
export interface FaucetContract {
  readonly address: Address
  /**
   * Checks that a faucet of this version lies there, gives this network's token, and that this account operates it.
   *
   * @returns what it gives, and a text that names it apart from one at the same address on another chain
   * @throws WrongContractError
   */
  open(options?: AbortOptions): Promise<{ settings: FaucetSettings; scope: string }>
  state(options?: AbortOptions): Promise<FaucetState>
  /** how often an account was given something, and from when on (unix s, by the chain's clock) it may be again */
  nextOf(account: Address, options?: AbortOptions): Promise<{ turn: number; notBeforeSec: number }>
  /** whether a drip would succeed now; sends nothing. @throws FaucetRefusedError, FaucetEmptyError */
  check(to: Address, turn: number, options?: AbortOptions): Promise<void>
  /** Gives one drip. The same account and turn join what is under way. @throws as `check`, and what every transaction throws */
  drip(to: Address, turn: number, options?: AbortOptions): Promise<Receipt>
  /** what gave an account its drip of this turn, if it was given and is found */
  transactionOf(to: Address, turn: number, options?: AbortOptions): Promise<Hex | undefined>
}

/** The contract does not give this: the account cannot take it, or it is not its turn. */
export class FaucetRefusedError extends UserError {
  constructor(message: string, details: { field: string; value?: unknown; limit?: string; remedy: string }) {
    super('FaucetRefusedError', message, details)
  }
}

/** There is less in it than it gives at a time, or it may give no more today. */
export class FaucetEmptyError extends UserError {
  constructor(message = 'the faucet is empty', details: { value?: unknown; limit?: string; remedy?: string } = {}) {
    super('FaucetEmptyError', message, {
      field: 'faucet',
      remedy: 'come again later, or ask whoever runs it to fill it',
      ...details
    })
  }
}
