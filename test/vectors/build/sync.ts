import { toHex } from '../../../protocols/common/values.ts'
import { OfferBook } from '../../../protocols/offers/book.ts'
import { encodeFact, factDigest, makeFact } from '../../../protocols/offers/fact.ts'
import { signHead } from '../../../protocols/offers/head.ts'
import type { Bind, Fact } from '../../../protocols/offers/schema.ts'
import { fingerprint } from '../../../protocols/offers/sync/fingerprint.ts'
import { decodeSyncFrame, RANGE, type SyncFrame } from '../../../protocols/offers/sync/messages.ts'
import { digestOf, jobOffer, NETWORK, NOW_MS, ROUND, ROUND_MS } from '../../support/market/make.ts'
import { runSession, side } from '../../support/market/sync.ts'

export function buildFingerprints() {
  return [0, 1, 2, 3, 17].flatMap(count =>
    ['one session', 'another'].map(session => {
      const nonce = digestOf(session)
      const ids = Array.from({ length: count }, (_, i) => digestOf(`leaf ${i}`))
      return { nonce, ids, fingerprint: fingerprint(nonce, ids) }
    })
  )
}

/** Facts of the opener alone, of the other alone; both have the rest. */
const ONLY_OPENER = new Set([3, 20])
const ONLY_OTHER = new Set([4, 21, 30])
const COUNT = 36

/** One whole session between two books: what each holds, then every message as it travels. */
export async function buildSyncSession(bind: Bind, sign: (bytes: Uint8Array) => Uint8Array) {
  const facts: Fact[] = []
  for (let i = 0; i < COUNT; i++) {
    const body = jobOffer({
      account: bind.account,
      nonce: toHex(digestOf(`sync ${i}`)),
      untilRound: ROUND + 500 + (i % 5)
    })
    facts.push(await makeFact(body, bind, sign))
  }
  const holds = (without: Set<number>) => facts.filter((_, i) => !without.has(i))
  const [opener, other] = [holds(ONLY_OTHER), holds(ONLY_OPENER)]
  const signed = async (book: OfferBook) => {
    const head = await signHead(book.head(NOW_MS, { network: NETWORK, peerKey: bind.peerKey }), sign)
    return { ...side(book), head }
  }
  const { sent } = runSession(await signed(bookOf(opener)), await signed(bookOf(other)), NOW_MS, 'vector')
  return {
    roundMs: ROUND_MS,
    round: ROUND,
    facts: facts.map(fact => ({ id: factDigest(fact), untilRound: fact.body.untilRound, wire: encodeFact(fact) })),
    opener: opener.map(fact => factDigest(fact)),
    other: other.map(fact => factDigest(fact)),
    messages: sent.map((bytes, i) => ({
      from: i % 2 === 0 ? 'opener' : 'other',
      bytes,
      ...(i < 2 ? {} : described(bytes))
    }))
  }
}

const KINDS = Object.fromEntries(Object.entries(RANGE).map(([name, kind]) => [kind, name]))

function described(bytes: Uint8Array) {
  const { ranges, facts, ...rest }: SyncFrame = decodeSyncFrame(bytes)
  return {
    ranges: ranges.map(([upper, kind, data]) => ({ upper, kind: KINDS[kind] as string, data })),
    ...rest,
    facts: facts.length
  }
}

function bookOf(facts: readonly Fact[]): OfferBook {
  const book = new OfferBook({ roundMs: ROUND_MS })
  for (const fact of facts) book.add(fact, NOW_MS)
  return book
}
