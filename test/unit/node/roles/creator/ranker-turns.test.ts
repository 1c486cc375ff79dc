import assert from 'node:assert/strict'
import { Ranker } from '../../../../../node/roles/creator/ranker.ts'
import { verifyEd25519 } from '../../../../../protocols/common/ed25519.ts'
import type { CreatorState, RefusalNote } from '../../../../../protocols/deal/creator-types.ts'
import { OfferBook } from '../../../../../protocols/offers/book.ts'
import { encodeFact } from '../../../../../protocols/offers/fact.ts'
import { HeadLog } from '../../../../../protocols/offers/head-log.ts'
import { peerIdText } from '../../../../../protocols/offers/peer-key.ts'
import { creatorStart } from '../../../../support/deal/builders.ts'
import * as make from '../../../../support/market/make.ts'

const PROVIDERS = 40
/** what a certificate and a pass over the ranking hold */
const AT_ONCE = 16
const LONG_AGO_MS = 60_000
/** CIDs of the offers by the provider's number */
const ids = new Map<number, string>()

/** A creator's ranker over offers whose prices are 10 % apart, the cheapest first. */
async function ranking() {
  const me = make.identity(1_000)
  const book = new OfferBook({ roundMs: make.ROUND_MS })
  const { price } = make.resourceOffer()
  for (let n = 1; n <= PROVIDERS; n++) {
    const dearer = { ...price, perJob: price.perJob * BigInt(100 + 10 * n) * 100n }
    const fact = await make.resourceFact(make.identity(n), { price: dearer })
    ids.set(n, fact.id.toString())
    book.add(fact, make.NOW_MS)
  }
  const ranker = new Ranker({
    network: make.NETWORK,
    roundMs: make.ROUND_MS,
    book,
    identity: { account: me.account, peer: peerIdText(me.bind.peerKey), sign: me.sign, addrs: () => [] },
    clock: { nowMs: () => make.NOW_MS },
    heads: new HeadLog({ network: make.NETWORK, peerKey: me.bind.peerKey, sign: me.sign }, book),
    bind: async () => me.bind,
    publish: async () => {},
    take: async () => {},
    verifyEd25519
  })
  const jobOffer = encodeFact(await make.jobFact(me))
  const numbers = new Map(Array.from({ length: PROVIDERS }, (_, i) => [make.accountOf(i + 1), i + 1]))
  const rank = async (refusals: RefusalNote[]): Promise<(number | undefined)[]> => {
    const state: CreatorState = { ...creatorStart().state, jobOffer, refusals }
    const { candidates } = await ranker.rank(state, false)
    return candidates.map(({ account }) => numbers.get(account))
  }
  return { ranker, rank }
}

const no = (n: number, agoMs: number, reason = 'no-room'): RefusalNote => ({
  provider: make.accountOf(n),
  reason,
  detail: 'no',
  atMs: make.NOW_MS - agoMs,
  offer: ids.get(n) ?? '',
  times: 1
})
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('roles/creator/ranker turns', () => {
  it('default: the first sixteen of the ranking', async () => {
    assert.deepEqual(await (await ranking()).rank([]), range(1, AT_ONCE))
  })

  it('behavior: whose result was outvoted is asked after the others', async () => {
    const { ranker, rank } = await ranking()
    ranker.passOver(make.accountOf(2), `0x${'d2'.repeat(32)}`)
    assert.deepEqual(await rank([]), [1, ...range(3, AT_ONCE)])
  })

  it('behavior: whoever said no is asked again when everybody else was', async () => {
    const { rank } = await ranking()
    const first = range(1, AT_ONCE).map(n => no(n, LONG_AGO_MS))
    assert.deepEqual(await rank(first), range(17, 32))
    const second = range(17, 32).map(n => no(n, LONG_AGO_MS))
    assert.deepEqual(await rank([...first, ...second]), range(33, PROVIDERS))
    const some = [...range(1, 10), ...range(13, 16)].map(n => no(n, LONG_AGO_MS))
    assert.deepEqual(await rank(some), [11, 12, ...range(1, 10), ...range(13, 16)])
    const all = range(1, PROVIDERS).map(n => no(n, LONG_AGO_MS))
    assert.deepEqual(await rank(all), range(1, AT_ONCE))
  })

  it('behavior: whoever said no just now is left alone, and for good after another reason than room', async () => {
    const { rank } = await ranking()
    const some = [no(1, 100), no(2, LONG_AGO_MS, 'terms-differ'), no(3, LONG_AGO_MS, 'unreachable')]
    const others = range(4, PROVIDERS).map(n => no(n, LONG_AGO_MS))
    assert.deepEqual(await rank([...some, ...others]), range(3, 16))
  })
})
