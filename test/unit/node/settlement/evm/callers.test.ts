import assert from 'node:assert/strict'
import type { DealStateError } from '../../../../../node/settlement/errors.ts'
import type { Deal, Result, SignedDeal } from '../../../../../protocols/deal/schema.ts'
import { dealTerms } from '../../../../helpers/deals.ts'
import { type Party, type TestChain, testChain } from '../../../../helpers/evm.ts'

describe('evm: who may open and settle', () => {
  let chain: TestChain
  let creator: Party
  let provider: Party
  let nonce = 0n

  before(async () => {
    chain = await testChain()
    creator = await chain.party()
    provider = await chain.party()
    await creator.settlement.ensureFree(10_000n)
    await provider.settlement.ensureFree(10_000n)
  })
  after(() => chain.stop())

  const agreed = async (): Promise<SignedDeal> => {
    nonce += 1n
    const { settlement } = creator
    const now = await settlement.now()
    const deal = dealTerms(settlement.account, provider.settlement.account, now, { nonce })
    const creatorSignature = await settlement.signDeal(deal)
    return { deal, creatorSignature, providerSignature: await provider.settlement.signDeal(deal) }
  }
  const resultOf = (deal: Deal, charge: bigint): Result => ({
    deal: creator.settlement.dealId(deal),
    commitment: deal.job,
    manifest: deal.spec,
    charge
  })
  const isNotParty = (error: DealStateError) => error.name === 'DealStateError' && error.contractError === 'NotParty'
  const refuses = async (work: Promise<unknown>, deal: Deal, phase: string) => {
    await assert.rejects(work, isNotParty)
    assert.equal((await provider.settlement.status(deal)).phase, phase)
  }

  it('error: a creator that kept its inputs back opens the deal itself', async () => {
    const signed = await agreed()
    await refuses(creator.settlement.checkOpen(signed), signed.deal, 'none')
    await refuses(creator.settlement.open(signed), signed.deal, 'none')
    await provider.settlement.open(signed)
  })

  it('error: a creator that ends an open deal at a charge of its own', async () => {
    const signed = await agreed()
    const { deal } = signed
    await provider.settlement.open(signed)
    for (const charge of [0n, deal.price]) {
      const result = resultOf(deal, charge)
      const signature = await creator.settlement.signResult(result)
      await refuses(creator.settlement.settle(deal, result, signature), deal, 'open')
    }
  })

  it('error: a creator that pays less than what was submitted', async () => {
    const signed = await agreed()
    const { deal } = signed
    await provider.settlement.open(signed)
    await provider.settlement.submit(deal, resultOf(deal, deal.price))
    const result = resultOf(deal, 0n)
    const signature = await creator.settlement.signResult(result)
    await refuses(creator.settlement.settle(deal, result, signature), deal, 'submitted')
  })
})
