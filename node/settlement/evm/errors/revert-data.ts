import { type Abi, decodeErrorResult, type Hex } from 'viem'
import type { UserError } from '../../../../protocols/common/errors.ts'
import { TransactionRevertedError } from '../../errors.ts'
import { courtAbi } from '../generated/court.ts'
import { dcnTokenAbi } from '../generated/dcn-token.ts'
import { dealEscrowAbi } from '../generated/deal-escrow.ts'
import { faucetAbi } from '../generated/faucet.ts'
import { jobBoardAbi } from '../generated/job-board.ts'
import { moduleRegistryAbi } from '../generated/module-registry.ts'
import { boardSentences } from './board.ts'
import { courtSentences } from './court.ts'
import { escrowSentences } from './escrow.ts'
import { faucetSentences } from './faucet.ts'
import { registrySentences } from './registry.ts'
import type { Sentence } from './sentence.ts'
import { tokenSentences } from './token.ts'

/** Every contract that is called here, with a sentence for each of its errors. */
const CONTRACTS: readonly { abi: Abi; sentences: Readonly<Record<string, Sentence>> }[] = [
  { abi: dealEscrowAbi, sentences: escrowSentences },
  { abi: courtAbi, sentences: courtSentences },
  { abi: jobBoardAbi, sentences: boardSentences },
  { abi: moduleRegistryAbi, sentences: registrySentences },
  { abi: dcnTokenAbi, sentences: tokenSentences },
  { abi: faucetAbi, sentences: faucetSentences }
]
const ERRORS = CONTRACTS.flatMap(({ abi, sentences }) =>
  abi.filter(item => item.type === 'error').map(item => ({ item, sentence: sentences[item.name] }))
)
const ERROR_ABI = ERRORS.map(({ item }) => item)
/** By definition, not by name: two contracts may use one name with other arguments. */
const SENTENCE_OF = new Map<unknown, Sentence | undefined>(ERRORS.map(({ item, sentence }) => [item, sentence]))

/** What Solidity itself says; `Error` is the reason text of contracts without errors of their own, such as old tokens. */
const BUILT_IN: Readonly<Record<string, Sentence>> = {
  Error: ([reason]) =>
    new TransactionRevertedError(`the contract refused: ${String(reason).slice(0, 200)}`, {
      remedy: 'check balance, allowance and the state of the deal'
    }),
  Panic: ([code]) =>
    new TransactionRevertedError('the contract failed in its arithmetic', {
      value: code,
      remedy: 'check that balance and allowance of the token are large enough'
    })
}
/** Enough to look the error up. */
const SHOWN_CHARS = 74

/** What revert data says, with the contract's own numbers. */
export function fromRevertData(data: Hex, cause?: unknown): UserError {
  try {
    const { abiItem, errorName, args } = decodeErrorResult({ abi: ERROR_ABI as Abi, data })
    const sentence = SENTENCE_OF.get(abiItem) ?? BUILT_IN[errorName]
    if (sentence !== undefined) return sentence((args as readonly unknown[] | undefined) ?? [])
  } catch {
    // the selector is no contract's of ours, or the data is cut off
  }
  return new TransactionRevertedError('the contract refused for a reason that is not known here', {
    value: data.slice(0, SHOWN_CHARS),
    remedy: 'check that this network uses the contracts of this version, and look at the transaction on the chain',
    cause
  })
}
