import { BaseError, HttpRequestError, InsufficientFundsError, isHex, TimeoutError, type Hex as ViemHex } from 'viem'
import { messageOf, UserError } from '../../../protocols/common/errors.ts'
import { InsufficientGasError, SettlementUnreachableError, TransactionRevertedError } from '../errors.ts'
import { fromRevertData } from './errors/revert-data.ts'

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
