import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import { TransactionRevertedError } from '../../errors.ts'
import { FaucetEmptyError, FaucetRefusedError } from '../../faucet.ts'
import type { faucetAbi } from '../generated/faucet.ts'
import { between, given, invalid, type Sentence, type Sentences } from './sentence.ts'

const notAllowed =
  (who: string, remedy: string): Sentence =>
  ([caller]) =>
    new FaucetRefusedError(`${caller} is not the ${who} of this faucet`, { field: 'account', value: caller, remedy })

export const faucetSentences: Sentences<typeof faucetAbi> = {
  NotOperator: notAllowed('operator', 'let its owner name this account with setOperator'),
  NotOwner: notAllowed('owner', 'use the account that deployed it'),
  WrongTurn: ([to, expected, actual]) =>
    new FaucetRefusedError(`${to} was given that already`, {
      field: 'turn',
      value: actual,
      limit: String(expected),
      remedy: 'look at its balance'
    }),
  TooSoon: ([to, notBefore, now]) =>
    new FaucetRefusedError(`${to} was given something not long ago`, {
      field: 'account',
      value: now,
      limit: `from ${notBefore}`,
      remedy: 'wait until then'
    }),
  DaySpent: ([perDay]) =>
    new FaucetEmptyError('the faucet gives no more today', {
      limit: `${perDay} a day`,
      remedy: 'come again tomorrow (UTC)'
    }),
  Dry: ([coin, tokens]) =>
    new FaucetEmptyError('there is too little in the faucet', { value: `${coin} wei and ${tokens} of the token` }),
  BadRecipient: invalid('account', 'nothing can be given to this address', given, 'give an account of your own'),
  CoinRefused: ([to]) =>
    new FaucetRefusedError(`${to} is a contract that takes no coin, so it was given nothing`, {
      field: 'account',
      value: to,
      remedy: 'name an account with a key'
    }),
  BadSettings: ([value, min, max]) =>
    new InvalidInputError('a faucet cannot be deployed like this', {
      field: 'settings',
      ...between([value, min, max]),
      remedy: 'correct the amount, the interval or the drips of a day'
    }),
  SafeERC20FailedOperation: ([token]) =>
    new TransactionRevertedError('the token refused the transfer', {
      field: 'token',
      value: token,
      remedy: 'check whether the token restricts who may hold it'
    })
}
