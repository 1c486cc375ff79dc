import type { Command } from 'commander'
import { contextOf, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { fields } from '../../text.ts'
import type { Finish } from '../types.ts'
import { accountOf, againText, type FaucetOptions, faucetCommand, faucetOf, giftText } from './target.ts'

export function statusCommand(io: Io, finish: Finish): Command {
  return faucetCommand('status', 'what a faucet gives, what is left, and from when on an account may claim', [
    'dcn faucet status --url https://faucet.example.org',
    'dcn faucet status 0x… --json'
  ]).action((account: string | undefined, options: FaucetOptions) => finish(status(account, options, io), options))
}

export async function status(given: string | undefined, options: FaucetOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const faucet = await faucetOf(context, options.url)
  const info = await faucet.info({ signal: io.signal })
  // with a URL there may be no node here whose account would be meant
  const account = given === undefined && options.url !== undefined ? undefined : await accountOf(context, given)
  const mine = account === undefined ? undefined : await faucet.account(account, { signal: io.signal })
  const value = { ...info, ...(mine === undefined ? {} : { account: { account: mine.account, nextAt: mine.nextAt } }) }
  print(context, value, () =>
    fields({
      network: `${info.network.name} (chain ${info.network.chainId})`,
      contract: info.contract,
      gives: giftText(info, info),
      account: `once in ${info.intervalSec} s`,
      address: `${info.perIp} a day`,
      today: info.isFilled ? `${info.leftToday} of ${info.perDay} left` : 'empty',
      work: info.work === 0 ? 'none' : `${info.work} bits`,
      again: mine === undefined ? undefined : (againText(mine.nextAt) ?? 'at once')
    })
  )
  return EXIT.done
}
