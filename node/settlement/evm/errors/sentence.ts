import type { Abi, ContractErrorName } from 'viem'
import { InvalidInputError, type UserError } from '../../../../protocols/common/errors.ts'

/** The arguments of a contract's error, in the order of its definition. */
export type Args = readonly unknown[]

/** What one error of a contract means to a person: a sentence, the offending numbers, a remedy. */
export type Sentence = (args: Args) => UserError

/** One sentence for every error of a contract: a new error does not compile until it has one. */
export type Sentences<A extends Abi> = Record<ContractErrorName<A>, Sentence>

type Numbers = (args: Args) => { value: unknown; limit?: string }

/** The first argument is what was given, the second the bound. */
export const atMost: Numbers = ([value, limit]) => ({ value, limit: `at most ${limit}` })
export const atLeast: Numbers = ([value, limit]) => ({ value, limit: `at least ${limit}` })
export const between: Numbers = ([value, low, high]) => ({ value, limit: `${low} to ${high}` })
export const given: Numbers = ([value]) => ({ value })

/** A term that the contract does not take: the parties have to agree on another one. */
export const invalid =
  (field: string, message: string, numbers: Numbers, remedy = `correct ${field} and sign again`): Sentence =>
  args =>
    new InvalidInputError(message, { field, remedy, ...numbers(args) })
