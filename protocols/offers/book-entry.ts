import type { Address } from '../common/values.ts'
import { compareBytes } from '../common/values.ts'
import { factDigest } from './fact.ts'
import type { Fact } from './schema.ts'

/** A fact in the book with what the book looks it up by. */
export interface Entry {
  fact: Fact
  /** the id's text */
  key: string
  digest: Uint8Array
  account: Address
  /** facts in one slot replace each other: a provider's standing offer, a creator's offer of one job */
  slot: string
  /** what replaces: seq of a resource offer, first round of a job offer */
  version: number
}

export function entryOf(fact: Fact): Entry {
  const { body } = fact
  const key = fact.id.toString()
  const base = { fact, key, digest: factDigest(fact), account: body.account }
  switch (body.type) {
    case 'resource':
      return { ...base, slot: `resource ${body.account}`, version: body.seq }
    case 'job':
      return { ...base, slot: `job ${body.account} ${body.nonce}`, version: body.fromRound }
    case 'withdrawal':
      return { ...base, slot: `withdrawal ${key}`, version: 0 }
  }
}

/** Newest version first; the lowest id counts among equals. */
export function byVersion(a: Entry, b: Entry): number {
  return b.version - a.version || compareBytes(a.digest, b.digest)
}

/** Oldest first: by first round, then id, so that every node evicts the same one of two. */
export function byAge(a: Entry, b: Entry): number {
  return a.fact.body.fromRound - b.fact.body.fromRound || compareBytes(a.digest, b.digest)
}

/** The entry of a slot that holds at `round`: the newest whose first round has come. It may have expired. */
export function effective(slot: Iterable<Entry>, round: number): Entry | undefined {
  let best: Entry | undefined
  for (const entry of slot) {
    if (entry.fact.body.fromRound > round) continue
    if (best === undefined || byVersion(entry, best) < 0) best = entry
  }
  return best
}
