import { toHex } from '../../protocols/common/values.ts'
import { OfferBook } from '../../protocols/offers/book.ts'
import { encodeFact } from '../../protocols/offers/fact.ts'
import type { Fact } from '../../protocols/offers/schema.ts'
import * as make from '../support/market/make.ts'
import { type Exchange, idsOf, runSession, side } from '../support/market/sync.ts'
import { atMost, atMostTimes, type Benchmark, figure, type Measured } from './measure.ts'

const FACTS = 10_000
const RUNS = 5
/** How many facts the two books differ in, half of them on each side. */
const DIFFERENCES = [0, 10, 100, 1_000]
/** The id lists that sync 0.1 sent: 8 bytes of each known id from each side. */
const PREFIX_BYTES = 8

/** Two books of 10,000 facts in one process, over the encoded messages: bytes and processor time of both sides. */
export const sync: Benchmark = {
  name: 'sync',
  about: 'bringing two books of 10,000 facts in step, beside the bytes of the facts that differ',
  async run() {
    const facts = await manyFacts(FACTS + Math.max(...DIFFERENCES) / 2)
    return DIFFERENCES.flatMap(differences => measure(facts, differences))
  }
}

function measure(facts: readonly Fact[], differences: number): Measured[] {
  const count = FACTS + differences / 2
  const all = facts.slice(0, count)
  const step = Math.floor(count / Math.max(1, differences))
  // every step-th fact is missing on one side, in turn
  const missing = (i: number) => (i % step === 0 && i / step < differences ? (i / step) % 2 : undefined)
  const changed = all.filter((_, i) => differences > 0 && missing(i) !== undefined)
  const changedKiB = kib(changed.reduce((sum, fact) => sum + encodeFact(fact).byteLength, 0))
  const runs = Array.from({ length: RUNS }, (_, run) => {
    const [a, b] = [0, 1].map(which => side(bookOf(all.filter((_, i) => differences === 0 || missing(i) !== which))))
    if (a === undefined || b === undefined) throw new Error('two sides')
    const start = performance.now()
    const session = runSession(a, b, make.NOW_MS, `run ${run}`)
    const ms = performance.now() - start
    if (idsOf(a.book, make.NOW_MS).join() !== idsOf(b.book, make.NOW_MS).join()) throw new Error('the books differ')
    return { session, ms }
  })
  const name = `${differences.toLocaleString('en')} of ${FACTS.toLocaleString('en')}`
  const bytes = runs.map(({ session }) => kib(session.bytes))
  const lists = 2 * kib(PREFIX_BYTES * count)
  return [
    figure({
      metric: `${name} differ, bytes both ways in ${roundTrips(runs[0]?.session)} round trips`,
      unit: 'KiB',
      samples: bytes,
      ...(differences === 0
        ? { baseline: { what: 'lists of all ids', samples: [lists] }, target: atMost(1, 'KiB') }
        : { baseline: { what: 'the facts that differ', samples: [changedKiB] }, ...targetOf(differences) })
    }),
    figure({
      metric: `${name} differ: processor time of both sides`,
      unit: 'ms',
      samples: runs.map(r => r.ms)
    })
  ]
}

/** Few differences cost round trips, and many would be cheaper by lists: the target is for the case between them. */
const targetOf = (differences: number) => (differences === 100 ? { target: atMostTimes(3) } : {})

const kib = (bytes: number): number => bytes / 1024
const roundTrips = (session: Exchange | undefined): number => (session?.sent.length ?? 0) / 2

function bookOf(facts: readonly Fact[]): OfferBook {
  const book = new OfferBook({ roundMs: make.ROUND_MS, maxPerAccount: 2 * FACTS })
  for (const fact of facts) book.add(fact, make.NOW_MS)
  return book
}

/** Job offers, the smallest facts there are many of, so that ids weigh the most; their ends lie as renewals leave them. */
async function manyFacts(count: number): Promise<Fact[]> {
  const who = make.identity()
  return await Promise.all(
    Array.from({ length: count }, (_, i) =>
      make.jobFact(who, { nonce: toHex(make.digestOf(`fact ${i}`)), untilRound: make.ROUND + 1000 + (i % 977) })
    )
  )
}
