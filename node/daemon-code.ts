import type { PrivateKeyAccount } from 'viem/accounts'
import type { NetworkDocument } from '../protocols/common/network-document.ts'
import type { Config } from './config/schema.ts'
import { DEV_TOKENS } from './dev-tokens.ts'
import { fundFromDevChain, holdsTokens } from './settlement/evm/dev-funds.ts'
import { rpcUrlsOf } from './settlement/index.ts'

export { joinNetwork } from './config/join-network.ts'
export { createNode } from './node.ts'

const DEV_COIN = 10n * 10n ** 18n

/** Idempotent enough: a node that still has play money takes no more. */
export async function fundOnDevChain(
  chain: NonNullable<NetworkDocument['chain']>,
  config: Config,
  { address: to }: PrivateKeyAccount
): Promise<void> {
  const rpcUrls = rpcUrlsOf(chain, config)
  const tokenAmount = (await holdsTokens({ ...chain, rpcUrls }, to)) ? 0n : DEV_TOKENS
  await fundFromDevChain({ rpcUrls, token: chain.token, to, tokenAmount, ethAmount: DEV_COIN })
}
