import assert from 'node:assert/strict'
import { type Address, fromHex } from '../../../../protocols/common/values.ts'
import { score, Tickets } from '../../../../protocols/matching/score.ts'
import { accountOf, digestOf } from '../../../support/market/make.ts'
import { referenceScore } from '../../../support/market/reference.ts'

const holders = (...tickets: number[]) =>
  tickets.map((count, n) => ({ offer: { account: accountOf(n), tickets: count } }))
const job = digestOf('job')

describe('score', () => {
  it('default: known answers of AES-128 under a key of zeros', () => {
    // the block is zero where job id and account agree; SP 800-38A and the AES known answer tests have both
    assert.equal(score(new Uint8Array(32), `0x${'00'.repeat(20)}`, 1), 0x66e94bd4ef8a)
    const account: Address = `0x${'f3'.repeat(20)}`
    const key = fromHex(`0x${'f3'.repeat(12)}${'00'.repeat(20)}`)
    assert.equal(score(key, account, 1), 0x66e94bd4ef8a)
    assert.equal(score(fromHex(`0x80${'00'.repeat(31)}`), `0x${'00'.repeat(20)}`, 1), 0x3ad78e726c1e)
  })

  it('default: the first 16 bytes of the job id and 12 of the account count, and each ticket', () => {
    const [one, many] = [score(job, accountOf(1), 1), score(job, accountOf(1), 64)]
    assert.ok(many < one)
    const other = (at: number): Uint8Array => job.map((byte, i) => (i === at ? byte ^ 1 : byte))
    assert.deepEqual(
      [score(other(15), accountOf(1), 1) === one, score(other(16), accountOf(1), 1) === one],
      [false, true]
    )
  })

  it('behavior: ranges of many offers are the scores of each, however they are cut', () => {
    const many = holders(1, 5, 1, 1024, 1024, 1024, 1024, 3, 1, 1)
    const tickets = new Tickets(many)
    const expected = many.map(({ offer }) => Number.parseInt(referenceScore(job, offer.account, offer.tickets), 16))
    assert.deepEqual([...tickets.scores(job, 0, 2)], expected.slice(0, 2))
    assert.deepEqual([...tickets.scores(job, 4, 10)], expected.slice(4))
    assert.deepEqual([...tickets.scores(job, 0, 10)], expected)
    assert.deepEqual([...tickets.scores(job, 3, 3)], [])
  })

  it('behavior: one that moves keeps its score', () => {
    const list = holders(1, 2, 3)
    const tickets = new Tickets(list)
    const [first] = tickets.scores(job, 0, 3)
    list[2] = list[0] as (typeof list)[0]
    tickets.move(0, 2)
    assert.equal(tickets.scores(job, 2, 3)[0], first)
  })
})
