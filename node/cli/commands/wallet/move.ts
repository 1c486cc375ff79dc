import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import { parseAmount } from '../../../../protocols/common/units.ts'
import { InsufficientBalanceError } from '../../../settlement/errors.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { clean, money } from '../../text.ts'
import type { Finish } from '../types.ts'

interface WithdrawOptions extends CommonOptions {
  to?: string
}

export function depositCommand(io: Io, finish: Finish): Command {
  return nodeCommand('deposit', 'move tokens from the wallet into the escrow', ['dcn wallet deposit 5'])
    .argument('<tokens>', 'amount, such as 1.5')
    .action((amount: string, options: CommonOptions) => finish(deposit(amount, options, io), options))
}

export function withdrawCommand(io: Io, finish: Finish): Command {
  return nodeCommand('withdraw', 'move free tokens out of the escrow', [
    'dcn wallet withdraw 5',
    'dcn wallet withdraw 5 --to 0x…'
  ])
    .argument('<tokens>', 'amount, such as 1.5')
    .option('--to <account>', "where to (default: this node's account)")
    .action((amount: string, options: WithdrawOptions) => finish(withdraw(amount, options, io), options))
}

export async function deposit(amount: string, options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const { token, wallet, settlement } = await client.wallet()
  const units = amountOf(amount, token.decimals)
  if (settlement === 'evm' && units > BigInt(wallet)) {
    const held = money(wallet, token)
    const remedy = `deposit at most ${held}, or send tokens to this account first`
    throw tooLittle(`the wallet holds ${held}`, units, wallet, remedy)
  }
  const { transaction } = await client.deposit(units)
  const moved = money(units.toString(), token)
  print(
    context,
    { amount: units.toString(), transaction },
    () => `deposited ${moved}, transaction ${clean(transaction)}\n`
  )
  return EXIT.done
}

export async function withdraw(amount: string, options: WithdrawOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const { token, account, free, locked, settlement } = await client.wallet()
  const units = amountOf(amount, token.decimals)
  if (settlement === 'evm' && units > BigInt(free)) {
    const most = money(free, token)
    const later = locked === '0' ? '' : `; ${money(locked, token)} in deals are free again when they end`
    throw tooLittle(`${most} are free in the escrow`, units, free, `withdraw at most ${most}${later}`)
  }
  const to = options.to ?? account
  const { transaction } = await client.withdraw(units, to)
  const moved = money(units.toString(), token)
  print(
    context,
    { amount: units.toString(), to, transaction },
    () => `withdrew ${moved} to ${clean(to)}, transaction ${clean(transaction)}\n`
  )
  return EXIT.done
}

/** @throws InvalidInputError */
function amountOf(text: string, decimals: number): bigint {
  const units = parseAmount(text, decimals, 'tokens')
  if (units > 0n) return units
  throw new InvalidInputError('tokens: expected more than 0', {
    field: 'tokens',
    value: text,
    remedy: 'give the amount to move, such as 1.5'
  })
}

/** The node would refuse too, in smallest units. */
const tooLittle = (message: string, value: bigint, limit: string, remedy: string): InsufficientBalanceError =>
  new InsufficientBalanceError(message, { field: 'tokens', value, limit: `at most ${limit}`, remedy })
