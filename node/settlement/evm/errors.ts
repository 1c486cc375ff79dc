import {
  BaseError,
  decodeErrorResult,
  HttpRequestError,
  InsufficientFundsError,
  isHex,
  TimeoutError,
  type Hex as ViemHex
} from 'viem'
import { BadSignatureError, InvalidInputError, messageOf, UserError } from '../../../protocols/common/errors.ts'
import {
  DealStateError,
  InsufficientBalanceError,
  InsufficientGasError,
  SettlementUnreachableError,
  TransactionRevertedError
} from '../errors.ts'
import { dcnTokenAbi } from './generated/dcn-token.ts'
import { dealEscrowAbi } from './generated/deal-escrow.ts'

const STATES = ['none', 'open', 'submitted', 'disputed', 'closed']
const ERROR_ABI = [...dealEscrowAbi, ...dcnTokenAbi].filter(item => item.type === 'error')

type Args = readonly unknown[]
const limit = (args: Args) => ({ value: args[0], limit: String(args[1]) })
const range = (args: Args) => ({ value: args[0], limit: `${args[1]} to ${args[2]}` })
const invalid =
  (field: string, message: string, details: (args: Args) => { value: unknown; limit?: string }) => (args: Args) =>
    new InvalidInputError(message, { field, remedy: `correct ${field} and sign again`, ...details(args) })

/** Every error of the contract that a call of ours can meet, by name. */
const CONTRACT_ERRORS: Record<string, (args: Args) => UserError> = {
  WrongState: ([deal, state]) => {
    const value = STATES[Number(state)] ?? String(state)
    return new DealStateError('WrongState', `deal ${deal} is ${value}`, {
      field: 'state',
      value,
      remedy: 'look at the deal: it may have gone on or ended already'
    })
  },
  NotParty: ([deal, caller]) =>
    new DealStateError('NotParty', `${caller} may not do this to deal ${deal}`, { field: 'account', value: caller }),
  NonceUsed: ([creator, nonce]) =>
    new DealStateError('NonceUsed', `${creator} used nonce ${nonce} already`, {
      field: 'nonce',
      value: nonce,
      remedy: 'another provider opened first, or the creator revoked: drop this deal'
    }),
  OpenExpired: ([openBefore, now]) =>
    new DealStateError('OpenExpired', 'openBefore is past', {
      field: 'openBefore',
      value: now,
      limit: String(openBefore)
    }),
  WrongResult: ([deal, expected, actual]) =>
    new DealStateError('WrongResult', `the result is not the one of deal ${deal}`, {
      field: 'result',
      value: actual,
      limit: String(expected)
    }),
  TooEarly: ([notBefore, now]) =>
    new DealStateError('TooEarly', 'the window is still open', {
      field: 'time',
      value: now,
      limit: `from ${notBefore}`
    }),
  TooLate: ([notAfter, now]) =>
    new DealStateError('TooLate', 'the deadline is past', { field: 'time', value: now, limit: `until ${notAfter}` }),
  BadSignature: ([expected]) => new BadSignatureError('the message', { field: 'signature', limit: String(expected) }),
  InsufficientFree: ([account, free, needed]) =>
    new InsufficientBalanceError(`${account} has too little free balance in the escrow`, {
      field: 'free',
      value: free,
      limit: String(needed),
      remedy: `deposit for ${account}, or lock less`
    }),
  ERC20InsufficientBalance: ([account, balance, needed]) =>
    new InsufficientBalanceError(`${account} has too few tokens`, {
      field: 'wallet',
      value: balance,
      limit: String(needed)
    }),
  TransferShortfall: ([expected, received]) =>
    new InsufficientBalanceError('the token kept part of the transfer', {
      field: 'token',
      value: received,
      limit: String(expected),
      remedy: 'this token takes a fee: it cannot be used here'
    }),
  SameParty: invalid('provider', 'a deal has two parties', ([account]) => ({ value: account })),
  WindowOutOfRange: invalid('window', 'a window is outside what the escrow allows', range),
  AmountTooLarge: invalid('amount', 'an amount is too large', limit),
  CollateralTooLow: invalid('collateral', 'the collateral is too low for a committee', limit),
  SeatFeeTooLow: invalid('seatFee', 'the seat fee is too low', limit),
  CommitteeNotAllowed: invalid('committee', 'this escrow has no such committee', ([value]) => ({ value })),
  ChargeAbovePrice: invalid('charge', 'the charge is above the price', limit),
  SplitTooLarge: invalid('toProvider', 'the split is more than what is locked', limit),
  BadRecipient: invalid('to', 'tokens cannot go there', ([value]) => ({ value }))
}

/**
 * What a failed call or transaction means to a person. Anything of ours passes unchanged.
 *
 * @param account who sends, for the message about gas
 */
export function toUserError(error: unknown, account: string): Error {
  if (error instanceof UserError || !(error instanceof Error))
    return error instanceof Error ? error : new Error(String(error))
  if (error.name === 'AbortError') return error
  const data = revertData(error)
  if (data !== undefined) return fromRevertData(data, error)
  if (!(error instanceof BaseError)) return error
  if (error.walk(e => e instanceof InsufficientFundsError) !== null)
    return new InsufficientGasError(account, { cause: error })
  if (isUnreachable(error)) {
    return new SettlementUnreachableError(`the chain node does not answer: ${firstLine(error)}`, { cause: error })
  }
  return new TransactionRevertedError(`the chain node refused: ${firstLine(error)}`, { cause: error })
}

/** What revert data says, with the contract's own numbers. */
export function fromRevertData(data: ViemHex, cause?: unknown): UserError {
  try {
    const { errorName, args } = decodeErrorResult({ abi: ERROR_ABI, data })
    const known = CONTRACT_ERRORS[errorName]
    if (known !== undefined) return known(args as Args)
    return new TransactionRevertedError(`the contract refused: ${errorName}`, { value: String(args), cause })
  } catch {
    return new TransactionRevertedError('the contract refused without a known reason', {
      value: data.slice(0, 74),
      cause
    })
  }
}

/** Whether nobody can say if the request arrived, unlike a refusal by the node. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false
  return error.walk(e => e instanceof HttpRequestError || e instanceof TimeoutError) !== null
}

/** Revert data lies somewhere down the causes, at a depth that differs by node and by call. */
function revertData(error: unknown): ViemHex | undefined {
  for (let here = error, depth = 0; here instanceof Error && depth < 10; here = here.cause, depth++) {
    const data = 'data' in here ? here.data : undefined
    const hex = typeof data === 'object' && data !== null && 'data' in data ? data.data : data
    if (isHex(hex) && hex.length >= 10) return hex
  }
  return undefined
}

function firstLine(error: Error): string {
  return messageOf(error).split('\n', 1)[0] ?? ''
}
