import { BadSignatureError, InvalidInputError } from '../../../../protocols/common/errors.ts'
import {
  InsufficientAllowanceError,
  InsufficientBalanceError,
  TransactionRevertedError,
  WrongContractError
} from '../../errors.ts'
import type { dcnTokenAbi } from '../generated/dcn-token.ts'
import { given, invalid, type Sentence, type Sentences } from './sentence.ts'

const badPermit: Sentence = args =>
  new BadSignatureError('the permit', {
    field: 'signature',
    value: args[0],
    remedy: 'try again: a new permit is signed by the account that holds the tokens'
  })
const badName: Sentence = ([value]) =>
  new WrongContractError('a name in the token does not fit 31 bytes', {
    field: 'name',
    value,
    remedy: 'deploy the token with a shorter name'
  })

export const tokenSentences: Sentences<typeof dcnTokenAbi> = {
  ERC20InsufficientBalance: ([account, balance, needed]) =>
    new InsufficientBalanceError(`${account} has too few tokens`, {
      field: 'wallet',
      value: balance,
      limit: String(needed),
      remedy: `send tokens to ${account}, or use a smaller amount`
    }),
  ERC20InsufficientAllowance: ([spender, allowance, needed]) =>
    new InsufficientAllowanceError(String(spender), { value: allowance, limit: String(needed) }),
  ERC20InvalidApprover: invalid('account', 'this address cannot allow anything', given, 'use an account with a key'),
  ERC20InvalidReceiver: invalid('to', 'tokens cannot go to this address', given, 'give an account of your own'),
  ERC20InvalidSender: invalid('from', 'tokens cannot come from this address', given, 'use an account with a key'),
  ERC20InvalidSpender: invalid('spender', 'this address cannot be allowed to take tokens', given, 'give the escrow'),
  ERC2612ExpiredSignature: ([deadline]) =>
    new TransactionRevertedError('the permit to take the tokens has expired', {
      field: 'deadline',
      value: deadline,
      remedy: 'try again: a new permit is signed'
    }),
  ERC2612InvalidSigner: badPermit,
  InvalidAccountNonce: ([account, nonce]) =>
    new InvalidInputError(`a permit of ${account} was signed for another nonce`, {
      field: 'nonce',
      value: nonce,
      remedy: 'try again, with one deposit at a time'
    }),
  ECDSAInvalidSignature: badPermit,
  ECDSAInvalidSignatureLength: badPermit,
  ECDSAInvalidSignatureS: badPermit,
  InvalidShortString: badName,
  StringTooLong: badName
}
