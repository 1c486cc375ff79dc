import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toHex } from '../../../../protocols/common/values.ts'
import { Lineup } from '../../../../protocols/matching/lineup.ts'
import { accountOf, digestOf, resourceOffer } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'
import { referenceScore } from '../../../support/market/reference.ts'

/** Offers with these asks, of few accounts, so that equal scores are common. */
const lineupOf = (asks: readonly number[], accounts = 1000) => {
  const inputs = asks.map((_, n) => ({
    id: digestOf(`offer ${n}`),
    offer: resourceOffer({ account: accountOf(n % accounts), tickets: 1 + (n % 3) })
  }))
  return { inputs: [...inputs], lineup: new Lineup(inputs, asks.map(BigInt)) }
}
const ANY = { isOpen: () => true, isSkipped: () => false }
const job = (n: number) => digestOf(`job ${n}`)
const asks = fc.array(fc.nat(5), { maxLength: 40 }).map(list => list.sort((a, b) => a - b))
type Input = ReturnType<typeof lineupOf>['inputs'][number]

describe('lineup', () => {
  it('property: a range by score, then ask, then id', () => {
    check(
      fc.property(asks, fc.integer({ min: 1, max: 12 }), fc.nat(9), (list, accounts, n) => {
        const { inputs, lineup } = lineupOf(list, accounts)
        const from = lineup.above(0n)
        const read = [...lineup.byScore(job(n), from, list.length, ANY)]
        const key = (i: number): string => {
          const { id, offer } = inputs[i] as Input
          return `${referenceScore(job(n), offer.account, offer.tickets)} ${list[i]} ${toHex(id)}`
        }
        const expected = [...list.keys()].slice(from).sort((a, b) => (key(a) < key(b) ? -1 : 1))
        assert.deepEqual(read, expected)
      }),
      300
    )
  })

  it('default: where a greater ask begins', () => {
    const { lineup } = lineupOf([1, 1, 3, 3, 3, 7])
    assert.deepEqual(
      [0n, 1n, 2n, 3n, 7n].map(ask => lineup.above(ask)),
      [0, 2, 2, 5, 6]
    )
    assert.equal(lineup.above(0n, 4), 4)
  })

  it('behavior: who is skipped comes again for the next job; who is not open never does', () => {
    const { inputs, lineup } = lineupOf([1, 1, 1, 1])
    const is = (n: number) => (input: Input) => input.id === inputs[n]?.id
    assert.equal([...lineup.byScore(job(1), 0, 4, { ...ANY, isSkipped: is(0) })].length, 3)
    assert.equal([...lineup.byScore(job(1), 0, 4, { ...ANY, isOpen: input => !is(1)(input) })].length, 3)
    const left = [...lineup.byScore(job(1), 0, 4, ANY)].map(i => toHex(lineup.input(i).id))
    assert.deepEqual(new Set(left), new Set([0, 2, 3].map(n => toHex(inputs[n]?.id ?? new Uint8Array(0)))))
  })

  it('property: however many leave, the others are read as if those had never been there', () => {
    check(
      fc.property(asks, fc.array(fc.nat(39), { maxLength: 60 }), (list, leaving) => {
        const { lineup } = lineupOf(list)
        const gone = new Set<string>()
        const idAt = (i: number): string => toHex(lineup.input(i).id)
        for (const [n, who] of leaving.entries()) {
          const id = toHex(digestOf(`offer ${who}`))
          const most = BigInt(n % 6)
          const choice = { ...ANY, isOpen: (input: Input) => toHex(input.id) !== id && !gone.has(toHex(input.id)) }
          const read = [...lineup.byScore(job(n), 0, lineup.above(most), choice)].map(idAt)
          for (const i of list.keys()) if (i === who && list[i] !== undefined && list[i] <= n % 6) gone.add(id)
          const stay = [...list.keys()].filter(
            i => (list[i] as number) <= n % 6 && !gone.has(toHex(digestOf(`offer ${i}`)))
          )
          assert.deepEqual(new Set(read), new Set(stay.map(i => toHex(digestOf(`offer ${i}`)))))
        }
      }),
      300
    )
  })

  it('behavior: an offer that is there twice is read once', () => {
    const [a, b] = lineupOf([1, 1]).inputs as [Input, Input]
    const lineup = new Lineup([a, b, a], [1n, 1n, 1n])
    const ids = [...lineup.byScore(job(1), 0, 3, ANY)].map(i => toHex(lineup.input(i).id))
    assert.deepEqual(ids.sort(), [toHex(a.id), toHex(b.id)].sort())
  })
})
