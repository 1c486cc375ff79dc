import type { Command } from 'commander'
import { InvalidInputError } from '../../../../protocols/common/errors.ts'
import type { Address } from '../../../../protocols/common/values.ts'
import { type FaucetClient, faucetClient } from '../../../faucet/client.ts'
import type { ClaimView, FaucetInfo } from '../../../faucet/views.ts'
import { type CommonOptions, type Context, nodeCommand } from '../../context.ts'
import { money, when } from '../../text.ts'

export interface FaucetOptions extends CommonOptions {
  url?: string
}

/** A command that speaks to a faucet: that of a URL, else the one that the local node serves. */
export function faucetCommand(name: string, summary: string, examples: readonly string[]): Command {
  return nodeCommand(name, summary, examples)
    .argument('[account]', '0x… (default: that of the local node)')
    .option('--url <url>', 'address of the faucet (default: the one that the local node serves)')
}

/** @throws InvalidInputError when there is neither */
export async function faucetOf({ client }: Context, url: string | undefined): Promise<FaucetClient> {
  if (url !== undefined) return faucetClient(url)
  const { faucet } = await (await client()).info()
  if (faucet !== undefined) return faucetClient(faucet)
  throw new InvalidInputError('this node serves no faucet', {
    field: 'url',
    remedy: 'give the address of one with --url, or start a node with --role faucet'
  })
}

/** @throws InvalidInputError */
export async function accountOf({ client }: Context, given: string | undefined): Promise<Address> {
  const account = given ?? (await (await client()).wallet()).account
  if (/^0x[0-9a-fA-F]{40}$/.test(account)) return account.toLowerCase() as Address
  throw new InvalidInputError('expected an account: 0x and 40 hex digits', {
    field: 'account',
    value: account,
    remedy: 'see that of a node with: dcn wallet show'
  })
}

/** Coin has 18 decimals on every EVM chain. */
const COIN = { symbol: 'coin', decimals: 18 }
const both = (coin: string, tokens: string, token: FaucetInfo['token']): string =>
  `${money(coin, COIN)} and ${money(tokens, token)}`

export const giftText = (
  { coin, tokens }: Pick<ClaimView, 'coin' | 'tokens'>,
  { token }: Pick<FaucetInfo, 'token'>
): string => both(coin, tokens, token)

export const againText = (nextAt: number | undefined): string | undefined =>
  nextAt === undefined ? undefined : `${when(nextAt)} (UTC)`
