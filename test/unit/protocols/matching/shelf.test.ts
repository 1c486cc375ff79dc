import assert from 'node:assert/strict'
import { isPaid, lowestAsk, type Shelf, shelve } from '../../../../protocols/matching/shelf.ts'
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
    assert.deepEqual(
      [0, 1, 2, 3].map(i => shelf.lineup.ask(i)),
      [10n, 20n, 30n, 30n]
    )
  })

  it('behavior: neither the creator nor the bid matters to a shelf, only to what a job takes of it', () => {
    const poor = { ...job, account: accountOf(2), bid: 20n, tip: 1n }
    const shelf = shelve(poor, OFFERS, AT)
    assert.deepEqual(asks(shelf), [10n, 20n, 30n])
    assert.equal(lowestAsk(poor, shelf), 20n)
    assert.deepEqual(
      asks(shelf).map(ask => isPaid(poor, ask)),
      [true, false, false]
    )
  })

  it('behavior: what has left the lineup still sets the lowest ask', () => {
    const shelf = shelve(job, OFFERS, AT)
    const nobody = { isOpen: () => false, isSkipped: () => false }
    assert.deepEqual([...shelf.lineup.byScore(digestOf('job'), 0, 1, nobody)], [])
    assert.equal(lowestAsk(job, shelf), 10n)
  })

  it('args: no offers', () => {
    const shelf = shelve(job, [], AT)
    assert.deepEqual([shelf.levels, shelf.lineup.length], [[], 0])
    assert.equal(lowestAsk(job, shelf), undefined)
  })
})
