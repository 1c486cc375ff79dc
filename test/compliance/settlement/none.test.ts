import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { noneSettlement } from '../../../node/settlement/none/index.ts'
import { memoryStore } from '../../helpers/memory-store.ts'
import { settlementSuite } from './suite.ts'

settlementSuite('none', async () => {
  let nowSec = 1_800_000_000
  // the two parties of this suite look into the same books
  const journal = memoryStore()
  const party = async () => {
    const account = privateKeyToAccount(generatePrivateKey())
    const settlement = noneSettlement({ network: 'lab' })({ account, journal, nowSec: () => nowSec })
    await settlement.start()
    return settlement
  }
  const [creator, provider] = [await party(), await party()]
  return {
    creator,
    provider,
    pass: async seconds => {
      nowSec += seconds
    },
    stop: async () => {
      await creator.stop()
      await provider.stop()
    }
  }
})
