import { testChain } from '../../helpers/evm.ts'
import { settlementSuite } from './suite.ts'

settlementSuite('evm', async () => {
  const chain = await testChain()
  const [creator, provider] = [await chain.party(), await chain.party()]
  return { creator: creator.settlement, provider: provider.settlement, pass: chain.pass, stop: chain.stop }
})
