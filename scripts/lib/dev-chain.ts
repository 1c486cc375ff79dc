import { type LocalAccount, mnemonicToAccount } from 'viem/accounts'
import { type Deployment, deployContracts } from '../../node/settlement/evm/deploy.ts'
import { type Anvil, startAnvil } from './anvil.ts'

/** anvil's own well-known phrase: its accounts are funded on every development chain and worth nothing elsewhere. */
const DEV_MNEMONIC = 'test test test test test test test test test test test junk'
/** Windows on a development chain may be as short as a test needs. */
const DEV_MIN_WINDOW_SEC = 1
const POLL_MS = 20

export interface DevChain extends Deployment {
  url: string
  anvil: Anvil
}

/** anvil's first account: deploys, and holds the whole supply of the token. */
export function devAccount(): LocalAccount {
  return mnemonicToAccount(DEV_MNEMONIC)
}

/** Starts anvil and deploys the contracts with its first account. */
export async function startDevChain({ port = 0 }: { port?: number } = {}): Promise<DevChain> {
  const anvil = await startAnvil({ port })
  try {
    const deployment = await deployContracts({
      rpcUrl: anvil.url,
      account: devAccount(),
      minWindowSec: DEV_MIN_WINDOW_SEC,
      pollMs: POLL_MS
    })
    return { ...deployment, url: anvil.url, anvil }
  } catch (error) {
    await anvil.stop()
    throw error
  }
}
