import assert from 'node:assert/strict'
import { type Hex, maxUint256 } from 'viem'
import { escrowCall } from '../../../../../node/settlement/evm/contract.ts'
import { decodeOpen } from '../../../../../node/settlement/evm/deal-terms.ts'
import { hashDeal, toChainDeal } from '../../../../../node/settlement/typed-data.ts'
import type { Address } from '../../../../../protocols/common/values.ts'
import type { Deal } from '../../../../../protocols/deal/schema.ts'
import { dealTerms } from '../../../../helpers/deals.ts'

const account = (byte: string): Address => `0x${byte.repeat(20)}`
const ESCROW = account('e5')
const hash: Hex = `0x${'77'.repeat(32)}`
const signature: Hex = `0x${'11'.repeat(65)}`
const deal = dealTerms(account('a1'), account('b2'), 1_800_000_000)
const openOf = (terms: Deal): Hex => escrowCall('open', [toChainDeal(terms), signature, signature])

describe('terms of a deal from its opening', () => {
  it('default: the call of open gives the deal and both signatures', () => {
    assert.deepEqual(decodeOpen({ to: ESCROW, hash, input: openOf(deal) }, ESCROW, hashDeal(deal)), {
      deal,
      creatorSignature: signature,
      providerSignature: signature
    })
  })

  it('default: so do those that open several, or settle at once', () => {
    const [others, id] = [[1n, 2n].map(nonce => ({ ...deal, nonce: nonce + 10n })), hashDeal(deal)]
    const deals = [...others, deal].map(toChainDeal)
    const signatures = deals.map(() => signature)
    const result = { deal: id, commitment: hash, manifest: hash, charge: 1n }
    for (const input of [
      escrowCall('openMany', [deals, signatures, signatures]),
      escrowCall('openAndSettle', [toChainDeal(deal), result, signature, signature, signature])
    ]) {
      assert.deepEqual(decodeOpen({ to: ESCROW, hash, input }, ESCROW, id).deal, deal)
    }
  })

  const open = openOf(deal)
  const bad: [what: string, transaction: { to: Address | null; input: Hex }][] = [
    ['another contract was called', { to: account('c3'), input: open }],
    ['a contract was made', { to: null, input: open }],
    ['another deal', { to: ESCROW, input: openOf({ ...deal, price: 7n }) }],
    ['another call', { to: ESCROW, input: escrowCall('burn', [1n]) }],
    ['a call cut short', { to: ESCROW, input: open.slice(0, -200) as Hex }],
    ['a call that is too long', { to: ESCROW, input: `${open}${'00'.repeat(70_000)}` }],
    ['no call at all', { to: ESCROW, input: '0x' }],
    ['an amount beyond ours', { to: ESCROW, input: openOf({ ...deal, price: maxUint256 }) }]
  ]
  for (const [what, transaction] of bad) {
    it(`error: ${what}`, () => {
      assert.throws(() => decodeOpen({ ...transaction, hash }, ESCROW, hashDeal(deal)), { name: 'DealUnreadableError' })
    })
  }
})
