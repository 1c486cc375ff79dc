import type { Command } from 'commander'
import { formatAmount } from '../../../../protocols/common/units.ts'
import type { WalletView } from '../../../http/views.ts'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { fields, money } from '../../text.ts'
import type { Finish } from '../types.ts'

/** Gas is counted in wei of a coin with 18 decimals on every EVM chain. */
const GAS_DECIMALS = 18

export function showCommand(io: Io, finish: Finish): Command {
  return nodeCommand('show', 'what this account holds', ['dcn wallet show']).action((options: CommonOptions) =>
    finish(showWallet(options, io), options)
  )
}

export async function showWallet(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const wallet = await (await context.client()).wallet()
  if (wallet.settlement === 'none') {
    print(context, wallet, () => booksText(wallet))
    return EXIT.done
  }
  print(context, wallet, () =>
    fields({
      account: wallet.account,
      wallet: money(wallet.wallet, wallet.token),
      free: `${money(wallet.free, wallet.token)} in the escrow`,
      locked: `${money(wallet.locked, wallet.token)} in deals`,
      staked: wallet.staked === '0' ? undefined : `${money(wallet.staked, wallet.token)} for seats in the court`,
      gas: formatAmount(BigInt(wallet.gas), GAS_DECIMALS)
    })
  )
  return EXIT.done
}

/** Without a chain nothing is held: both sides keep books of who owes whom. */
function booksText({ account, free, books = free, locked, token }: WalletView): string {
  return `${fields({
    account,
    balance: `${money(books, token)} by the books of this node`,
    locked: locked === '0' ? undefined : `${money(locked, token)} in deals`
  })}no chain: nothing was moved; "dcn wallet history" shows the books\n`
}
