import { BaseError, InsufficientFundsError, isHex, type Hex as ViemHex } from 'viem'
import { messageOf, UserError } from '../../../protocols/common/errors.ts'
import {
  InsufficientGasError,
  SettlementUnreachableError,
  TransactionRevertedError,
  WrongChainError
} from '../errors.ts'
import { fromRevertData } from './errors/revert-data.ts'
import { EndpointFault } from './rpc/faults.ts'

const MAX_DEPTH = 10
const UNREACHABLE = [EndpointFault, SettlementUnreachableError, WrongChainError]

/**
 * What a failed call or transaction means to a person. Anything of ours passes unchanged, also from inside viem's errors.
 *
 * @param account who sends, for the message about gas
 */
export function toUserError(error: unknown, account: string): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  if (error.name === 'AbortError') return error
  const ours = within(error, e => e instanceof UserError)
  if (ours !== undefined) return ours
  const fault = within(error, e => e instanceof EndpointFault)
  if (fault instanceof EndpointFault) {
    return new SettlementUnreachableError(`${fault.endpoint}: ${fault.message}`, { field: 'rpcUrls', cause: error })
  }
  const data = revertData(error)
  if (data !== undefined) return fromRevertData(data, error)
  if (!(error instanceof BaseError)) return error
  if (within(error, e => e instanceof InsufficientFundsError) !== undefined)
    return new InsufficientGasError(account, { cause: error })
  return new TransactionRevertedError(`the chain node refused: ${firstLine(error)}`, { cause: error })
}

/** Whether nobody can say if the request arrived, unlike a refusal by the node. */
export function isUnreachable(error: unknown): boolean {
  return within(error, e => UNREACHABLE.some(type => e instanceof type)) !== undefined
}

/** viem wraps errors several times: the first in the chain of causes that fits. */
export function within(error: unknown, fits: (error: Error) => boolean): Error | undefined {
  for (let here = error, depth = 0; here instanceof Error && depth < MAX_DEPTH; here = here.cause, depth++) {
    if (fits(here)) return here
  }
  return undefined
}

/** Revert data lies somewhere down the causes, at a depth that differs by node and by call. */
function revertData(error: unknown): ViemHex | undefined {
  for (let here = error, depth = 0; here instanceof Error && depth < MAX_DEPTH; here = here.cause, depth++) {
    const data = 'data' in here ? here.data : undefined
    const hex = typeof data === 'object' && data !== null && 'data' in data ? data.data : data
    if (isHex(hex) && hex.length >= 10) return hex
  }
  return undefined
}

/** The chain node's own words, which viem keeps apart from what it makes of them. */
function firstLine(error: BaseError): string {
  return messageOf(error.details || error.shortMessage).split('\n', 1)[0] ?? ''
}
