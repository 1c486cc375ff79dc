import { devAccount } from '../../node/settlement/evm/create-chain.ts'
import { type Deployment, deployContracts } from '../../node/settlement/evm/deploy/index.ts'
import { type Anvil, type AnvilOptions, startAnvil } from './anvil.ts'

const POLL_MS = 20

export interface DevChain extends Deployment {
  url: string
  anvil: Anvil
}

/** Starts anvil and deploys the contracts with its first account. */
export async function startDevChain(options: AnvilOptions = {}): Promise<DevChain> {
  const anvil = await startAnvil(options)
  try {
    const deployment = await deployContracts({
      rpcUrl: anvil.url,
      account: devAccount(),
      profile: 'dev',
      pollMs: POLL_MS
    })
    return { ...deployment, url: anvil.url, anvil }
  } catch (error) {
    await anvil.stop()
    throw error
  }
}
