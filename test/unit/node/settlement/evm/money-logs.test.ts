import assert from 'node:assert/strict'
import {
  type MoneyFact,
  type MoneyLog,
  movementsOf,
  newestUnknown
} from '../../../../../node/settlement/evm/money-logs.ts'
import type { Address, Hex } from '../../../../../protocols/common/values.ts'

const us: Address = `0x${'aa'.repeat(20)}`
const them: Address = `0x${'bb'.repeat(20)}`
const deal: Hex = `0x${'01'.repeat(32)}`
/** one log a block */
const chain = (...facts: MoneyFact[]): MoneyLog[] =>
  facts.map((fact, i) => ({
    ...fact,
    transaction: deal,
    blockNumber: BigInt(i),
    blockHash: deal,
    logId: String(i)
  }))
const opened: MoneyFact = { kind: 'opened', deal, creator: us, provider: them, price: 100n, collateral: 40n }
const changes = (account: Address, ...facts: MoneyFact[]) =>
  movementsOf(chain(...facts), account).map(({ kind, amount }) => [kind, amount])

describe('evm: money in logs', () => {
  it('default: whose tokens came, and where they went', () => {
    const logs = chain(
      { kind: 'deposit', from: us, account: us, amount: 5n },
      { kind: 'deposit', from: them, account: us, amount: 6n },
      { kind: 'deposit', from: us, account: them, amount: 7n },
      { kind: 'withdrawal', account: us, to: them, amount: 2n }
    )
    const seen = movementsOf(logs, us).map(({ amount, counterparty }) => [amount, counterparty])
    assert.deepEqual(seen, [
      [5n, undefined],
      [6n, them],
      [-2n, them]
    ])
  })

  it('default: an end is whose the opening says', () => {
    const end: MoneyFact = { kind: 'closed', deal, toProvider: 90n, toCreator: 50n }
    assert.deepEqual(changes(us, opened, end), [
      ['opened', -100n],
      ['closed', 50n]
    ])
    assert.deepEqual(changes(them, opened, end), [
      ['opened', -40n],
      ['closed', 90n]
    ])
    assert.deepEqual(changes(us, end), [])
  })

  describe('deposits of a dispute', () => {
    const challenged: MoneyFact = { kind: 'challenged', deal, creator: us, deposit: 30n }
    const appeal = (round: bigint, payer: Address, forCreator: boolean): MoneyFact => ({
      kind: 'appealed',
      deal,
      round,
      payer,
      forCreator,
      deposit: 70n * round
    })
    const finished = (providerWrong: boolean, paidSeats = 3n): MoneyFact => ({
      kind: 'finished',
      deal,
      providerWrong,
      paidSeats
    })
    const back = (account: Address, ...facts: MoneyFact[]) =>
      changes(account, opened, challenged, ...facts)
        .filter(([kind]) => kind === 'deposit-back')
        .map(([, amount]) => amount)

    it('default: the side that won has its own back', () => {
      assert.deepEqual(back(us, finished(true)), [30n])
      assert.deepEqual(back(us, finished(false)), [])
      assert.deepEqual(back(us, appeal(1n, us, true), finished(true)), [30n, 70n])
      assert.deepEqual(back(them, appeal(1n, them, false), finished(true)), [])
      assert.deepEqual(back(them, appeal(1n, them, false), finished(false)), [70n])
    })

    it('behavior: a round without seats gives its deposit back at once, and not twice', () => {
      const dropped: MoneyFact = { kind: 'undrawn', deal, round: 1n }
      assert.deepEqual(back(us, appeal(1n, us, true), dropped, finished(false)), [70n])
      assert.deepEqual(back(them, appeal(1n, us, true), dropped, finished(false)), [])
    })

    it('behavior: all go back when nobody judged', () => {
      assert.deepEqual(back(us, appeal(1n, us, true), finished(false, 0n)), [30n, 70n])
    })
  })

  it('default: which block tells of a deal whose opening was not read', () => {
    const end: MoneyFact = { kind: 'closed', deal, toProvider: 0n, toCreator: 0n }
    assert.equal(newestUnknown(chain(opened, end)), undefined)
    const deposit: MoneyFact = { kind: 'deposit', from: us, account: us, amount: 1n }
    assert.equal(newestUnknown(chain(end, end, deposit)), 1n)
  })
})
