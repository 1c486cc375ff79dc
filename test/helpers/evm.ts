import { createTestClient, http, type PrivateKeyAccount, type TestClient } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { fundFromDevChain } from '../../node/settlement/evm/dev-funds.ts'
import { type EvmInit, evmSettlement } from '../../node/settlement/evm/index.ts'
import type { Settlement } from '../../node/settlement/settlement.ts'
import type { AnvilOptions } from '../../scripts/lib/anvil.ts'
import { type DevChain, startDevChain } from '../../scripts/lib/dev-chain.ts'
import { type MemoryStore, memoryStore } from './memory-store.ts'

export interface Party {
  account: PrivateKeyAccount
  journal: MemoryStore
  settlement: Settlement
}

export interface TestChain extends DevChain {
  /** anvil's own methods: time, mining, snapshots */
  control: TestClient
  init: EvmInit
  /** an account with coin and tokens, and its started settlement */
  party(options?: Partial<EvmInit> & { tokens?: bigint; eth?: bigint; journal?: MemoryStore }): Promise<Party>
  pass(seconds: number): Promise<void>
  /** stops every party's settlement and the chain */
  stop(): Promise<void>
}

const TEN_COINS = 10n ** 19n

export async function testChain(options: AnvilOptions = {}): Promise<TestChain> {
  const chain = await startDevChain(options)
  const { url, chainId, escrow, token, startBlock } = chain
  const control = createTestClient({ mode: 'anvil', transport: http(url) })
  const init: EvmInit = { rpcUrls: [url], chainId, escrow, token, startBlock, dev: true, pollMs: 20 }
  const parties: Settlement[] = []
  return {
    ...chain,
    control,
    init,
    party: async ({ tokens = 1_000_000n, eth = TEN_COINS, journal = memoryStore(), ...changes } = {}) => {
      const account = privateKeyToAccount(generatePrivateKey())
      await fundFromDevChain({ rpcUrls: [url], token, to: account.address, tokenAmount: tokens, ethAmount: eth })
      const settlement = evmSettlement({ ...init, ...changes })({ account, journal })
      await settlement.start()
      parties.push(settlement)
      return { account, journal, settlement }
    },
    pass: async seconds => {
      await control.increaseTime({ seconds })
      await control.mine({ blocks: 1 })
    },
    stop: async () => {
      await Promise.all(parties.map(settlement => settlement.stop()))
      await chain.anvil.stop()
    }
  }
}
