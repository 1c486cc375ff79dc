import { type ErrorDetails, UserError } from '../../protocols/common/errors.ts'

/** Tokens are missing: in the wallet, in the escrow's free balance, or in the other party's. */
export class InsufficientBalanceError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('InsufficientBalanceError', message, {
      remedy: 'get more tokens or choose a lower price or collateral',
      ...details
    })
  }
}

/** The escrow may not take as many tokens from the wallet as a deposit needs. */
export class InsufficientAllowanceError extends UserError {
  constructor(spender: string, details: ErrorDetails = {}) {
    super('InsufficientAllowanceError', `${spender} may not take that many tokens from this account`, {
      field: 'allowance',
      remedy: 'deposit again: the node allows the amount anew before it is taken',
      ...details
    })
  }
}

/** The account cannot pay for a transaction's gas. `value` has and `limit` needs, in wei. */
export class InsufficientGasError extends UserError {
  constructor(account: string, details: ErrorDetails = {}) {
    super('InsufficientGasError', `${account} cannot pay for the transaction`, {
      field: 'gas',
      remedy: `send some of the chain's own coin to ${account}`,
      ...details
    })
  }
}

/** No RPC endpoint answered, or none in time. */
export class SettlementUnreachableError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('SettlementUnreachableError', message, {
      remedy: 'check the RPC addresses and that the chain node is running; what was signed is kept and sent again',
      ...details
    })
  }
}

const STARTED_ANEW =
  'a development chain lives in memory: if it was started anew, remove the data directories of its nodes and create the network again'

/** Every RPC endpoint serves another chain than this network settles on. */
export class WrongChainError extends UserError {
  constructor(endpoint: string, actual: string | undefined, expected: string | undefined) {
    super('WrongChainError', `${endpoint} serves ${actual}, this network settles on ${expected}`, {
      field: 'rpcUrls',
      value: actual,
      ...(expected === undefined ? {} : { limit: expected }),
      remedy: `${STARTED_ANEW}; otherwise use an RPC address of the right chain`
    })
  }
}

/** Two RPC endpoints tell different things about what is final: one of them is wrong, and nobody can say which. */
export class EndpointsDisagreeError extends UserError {
  constructor(first: string, second: string, about: string) {
    super('EndpointsDisagreeError', `${first} and ${second} disagree about ${about}`, {
      field: 'rpcUrls',
      value: `${first}, ${second}`,
      remedy: 'find out which one is right with a third chain node, and remove the other from the RPC addresses'
    })
  }
}

/** An RPC endpoint says something that the contract contradicts. */
export class EndpointLieError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('EndpointLieError', message, {
      field: 'rpcUrls',
      remedy: 'use another RPC address, best of a chain node of your own; add a second one to have answers compared',
      ...details
    })
  }
}

/** What lies at a configured address is not the contract that it should be. */
export class WrongContractError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('WrongContractError', message, { remedy: 'check the escrow and token addresses of the network', ...details })
  }
}

/** A deal is not in the state that a call needs; `contractError` is the contract's name for it. */
export class DealStateError extends UserError {
  readonly contractError: string

  constructor(contractError: string, message: string, details: ErrorDetails = {}) {
    super('DealStateError', message, details)
    this.contractError = contractError
  }
}

/** A transaction or call failed for a reason that has no class of its own. */
export class TransactionRevertedError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('TransactionRevertedError', message, { remedy: 'look at the transaction on the chain', ...details })
  }
}

/** A transaction's nonce was used by another one: somebody else sends with the same key. */
export class TransactionReplacedError extends UserError {
  constructor(nonce: number, account: string) {
    super('TransactionReplacedError', `another transaction of ${account} took nonce ${nonce}`, {
      field: 'nonce',
      value: nonce,
      remedy: 'let one process alone send with this account, and try again'
    })
  }
}

/** The settlement was stopped while a transaction was under way; it is in the journal and goes on at the next start. */
export class SettlementStoppedError extends UserError {
  constructor() {
    super('SettlementStoppedError', 'settlement is stopped', { remedy: 'start it' })
  }
}

/** A helper for development chains was pointed at another chain. */
export class NotDevChainError extends UserError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('NotDevChainError', message, { remedy: 'fund the account with a transfer instead', ...details })
  }
}

/** A deal is on chain, but how it was opened does not show its terms. */
export class DealUnreadableError extends UserError {
  constructor(deal: string, transaction: string, why: string, cause?: unknown) {
    super('DealUnreadableError', `the terms of deal ${deal} cannot be read from transaction ${transaction}: ${why}`, {
      field: 'deal',
      value: deal,
      remedy: 'ask a party of the deal for its bundle (dcn verify-match … --export FILE)',
      cause
    })
  }
}

/** The chain answers and does not know the network's contracts. */
export class ContractsMissingError extends UserError {
  constructor(escrow: string, rpcUrl: string | undefined) {
    super('ContractsMissingError', `the chain at ${rpcUrl ?? 'its endpoint'} has no contract at ${escrow}`, {
      field: 'escrow',
      value: escrow,
      remedy: `${STARTED_ANEW}; otherwise check --rpc`
    })
  }
}
