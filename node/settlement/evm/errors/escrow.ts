import { BadSignatureError } from '../../../../protocols/common/errors.ts'
import { DealStateError, InsufficientBalanceError, TransactionRevertedError, WrongContractError } from '../../errors.ts'
import type { dealEscrowAbi } from '../generated/deal-escrow.ts'
import { atLeast, atMost, between, given, invalid, type Sentences } from './sentence.ts'

const STATES = ['none', 'open', 'submitted', 'disputed', 'closed']
const LOOK = 'look at the deal: it may have gone on or ended already'

export const escrowSentences: Sentences<typeof dealEscrowAbi> = {
  WrongState: ([deal, state]) => {
    const value = STATES[Number(state)] ?? String(state)
    return new DealStateError('WrongState', `deal ${deal} is ${value}`, { field: 'state', value, remedy: LOOK })
  },
  NotParty: ([deal, caller]) =>
    new DealStateError('NotParty', `${caller} may not do this to deal ${deal}`, {
      field: 'account',
      value: caller,
      remedy: 'let the node of the party whose turn it is do it'
    }),
  NonceUsed: ([creator, nonce]) =>
    new DealStateError('NonceUsed', `${creator} used nonce ${nonce} already`, {
      field: 'nonce',
      value: nonce,
      remedy: 'another provider opened first, or the creator revoked: drop this deal'
    }),
  OpenExpired: ([openBefore, now]) =>
    new DealStateError('OpenExpired', 'the time to open the deal is past', {
      field: 'openBefore',
      value: now,
      limit: `until ${openBefore}`,
      remedy: 'drop this deal; the job can be matched again'
    }),
  WrongResult: ([deal, expected, actual]) =>
    new DealStateError('WrongResult', `the result is not the one of deal ${deal}`, {
      field: 'result',
      value: actual,
      limit: String(expected),
      remedy: 'use the result that was submitted'
    }),
  TooEarly: ([notBefore, now]) =>
    new DealStateError('TooEarly', "the other party's time is not over", {
      field: 'time',
      value: now,
      limit: `from ${notBefore}`,
      remedy: 'wait until it is: the node tries again by itself'
    }),
  TooLate: ([notAfter, now]) =>
    new DealStateError('TooLate', 'the deadline is past', {
      field: 'time',
      value: now,
      limit: `until ${notAfter}`,
      remedy: `${LOOK}; the other party may end it by the clock`
    }),
  BadSignature: ([expected]) =>
    new BadSignatureError('the message', {
      field: 'signature',
      limit: String(expected),
      remedy: 'ask that account to sign again, on the same network'
    }),
  InsufficientFree: ([account, free, needed]) =>
    new InsufficientBalanceError(`${account} has too little free balance in the escrow`, {
      field: 'free',
      value: free,
      limit: String(needed),
      remedy: `deposit for ${account} with dcn wallet deposit, or lock less`
    }),
  TransferShortfall: ([expected, received]) =>
    new InsufficientBalanceError('the token kept part of the transfer', {
      field: 'token',
      value: received,
      limit: String(expected),
      remedy: 'this token takes a fee: it cannot be used here'
    }),
  SameParty: invalid('provider', 'creator and provider of a deal are one account', given),
  WindowOutOfRange: invalid('window', 'a window is outside what the escrow allows', between),
  AmountTooLarge: invalid('amount', 'an amount is too large', atMost),
  CollateralTooLow: invalid('collateral', 'the collateral is too low for a committee', atLeast),
  SeatFeeTooLow: invalid('seatFee', 'the seat fee is too low', atLeast),
  CommitteeNotAllowed: invalid('committee', 'this escrow has no such committee', given),
  ChargeAbovePrice: invalid('charge', 'the charge is above the price', atMost),
  SplitTooLarge: invalid('toProvider', 'the split is more than what is locked', atMost),
  BadRecipient: invalid('to', 'tokens cannot go to this address', given, 'give an account of your own'),
  BatchTooLong: invalid('deals', 'too many deals at once', atMost, 'send them in smaller batches'),
  BatchLengthMismatch: invalid('deals', 'deals and signatures differ in number', given, 'give one of each per deal'),
  BadConfiguration: invalid(
    'token',
    'an escrow cannot be deployed like this',
    given,
    'give the address of a token, a window of 1 second to 30 days, and a seat fee below 2^96'
  ),
  NotCourt: ([caller]) =>
    new DealStateError('NotCourt', `${caller} is not the court of this escrow`, {
      field: 'account',
      value: caller,
      remedy: 'call the court; it calls the escrow'
    }),
  SafeERC20FailedOperation: ([token]) =>
    new TransactionRevertedError('the token refused the transfer', {
      field: 'token',
      value: token,
      remedy: 'check the balance, and whether the token restricts who may hold it'
    }),
  ReentrancyGuardReentrantCall: () =>
    new TransactionRevertedError('the token called back into the escrow', {
      field: 'token',
      remedy: 'this token cannot be used here'
    }),
  InvalidShortString: () => badName(),
  StringTooLong: ([text]) => badName(text)
}

/** Meets only who deploys a changed contract. */
function badName(value?: unknown): WrongContractError {
  return new WrongContractError('a name in the contract does not fit 31 bytes', {
    field: 'name',
    value,
    remedy: 'deploy the contract as it is published'
  })
}
