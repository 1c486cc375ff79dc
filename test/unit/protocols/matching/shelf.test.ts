import assert from 'node:assert/strict'
import { isPaid, lowestAsk, narrow, type Shelf, shelve } from '../../../../protocols/matching/shelf.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../../../support/market/make.ts'

const AT = { round: ROUND }
const price = (perJob: bigint) => ({ perJob, perCpuHour: 0n, perGiBHour: 0n, perDiskGiBHour: 0n, perGpuHour: 0n })
const offerOf = (n: number, perJob: bigint, arch: 'amd64' | 'arm64' = 'amd64') => ({
  id: digestOf(`offer ${n}`),
  offer: resourceOffer({ account: accountOf(n), price: price(perJob), arch })
})
const job = jobOffer({ needs: { ...jobOffer().needs, arch: 'amd64' } })
const OFFERS = [offerOf(1, 30n), offerOf(2, 10n), offerOf(3, 30n), offerOf(4, 20n), offerOf(5, 1n, 'arm64')]
const asks = ({ levels }: Shelf): bigint[] => levels.map(level => level.ask)

describe('shelf', () => {
  it('default: what fits the shape, by ask, the cheapest first', () => {
    const shelf = shelve(job, OFFERS, AT)
    assert.deepEqual(asks(shelf), [10n, 20n, 30n])
    assert.deepEqual(shelf.levels[2]?.offers, [OFFERS[0], OFFERS[2]])
  })

  it('behavior: neither the creator nor the bid matters to a shelf, only to what a job takes of it', () => {
    const poor = { ...job, account: accountOf(2), bid: 20n, tip: 1n }
    const shelf = shelve(poor, OFFERS, AT)
    assert.deepEqual(asks(shelf), [10n, 20n, 30n])
    assert.equal(lowestAsk(poor, shelf), 20n)
    assert.deepEqual(
      shelf.levels.map(level => isPaid(poor, level)),
      [true, false, false]
    )
  })

  it('behavior: levels that were emptied are passed over once all before them are, and still set the lowest ask', () => {
    const shelf = shelve(job, OFFERS, AT)
    const [first, second] = shelf.levels
    assert.ok(first !== undefined && second !== undefined)
    narrow(shelf, second, () => false)
    assert.equal(shelf.emptied, 0)
    narrow(shelf, first, () => false)
    assert.equal(shelf.emptied, 2)
    assert.equal(lowestAsk(job, shelf), 10n)
  })

  it('args: no offers', () => {
    const shelf = shelve(job, [], AT)
    assert.deepEqual(shelf, { levels: [], emptied: 0 })
    assert.equal(lowestAsk(job, shelf), undefined)
  })
})
