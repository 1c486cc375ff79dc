import { type Hex, toHex } from '../common/values.ts'
import { outcomeDigest } from '../job/digest.ts'
import { majorityOfSize } from './rules.ts'
import type { Member } from './types.ts'
import { shorten } from './vote.ts'

/** The digest of every run that its time limit ended. */
export const TIMEOUT_DIGEST: Hex = toHex(outcomeDigest('timeout'))

/** A digest as votes carry it, 26 bytes; undefined where there is none. */
export type Digest = Hex | undefined

/**
 * What a member voted for; undefined when it opened no vote.
 *
 * @param given the provider's digest, if it was revealed: a member whose run took long accepts its timeout
 */
export function votedFor(member: Pick<Member, 'standing' | 'vote' | 'orTimeout'>, given: Digest): Digest {
  if (member.standing !== 'revealed') return undefined
  if (member.orTimeout === true && given === shorten(TIMEOUT_DIGEST)) return given
  return member.vote
}

/** The digest that more than half of a round's seats opened, those that did not vote counted against. */
export function majorityOf(members: readonly Member[], round: number, given: Digest): Digest {
  const votes = new Map<Hex, number>()
  for (const member of members) {
    const vote = member.round === round ? votedFor(member, given) : undefined
    if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1)
  }
  const needed = majorityOfSize(round)
  return [...votes].find(([, count]) => count >= needed)?.[0]
}

/** Whether the provider did not open its commitment, or a majority agrees on another digest. */
export function isProviderWrong(majority: Digest, given: Digest): boolean {
  return given === undefined || (majority !== undefined && majority !== given)
}

export interface Verdict {
  /** what the right seats voted for: the provider's digest if it is right, else that of the latest majority */
  digest: Digest
  /** a majority stands behind it, so that other votes are wrong and not merely different */
  decided: boolean
}

/** What it all came to, by the last round's verdict. @param round the last one that began, whether it was judged or not */
export function finalVerdict(
  members: readonly Member[],
  round: number,
  given: Digest,
  providerWrong: boolean
): Verdict {
  let majority: Digest
  for (let r = round; r >= 0 && majority === undefined; r--) majority = majorityOf(members, r, given)
  const digest = providerWrong ? majority : given
  return { digest, decided: digest !== undefined && digest === majority }
}

/** Who shares the pot: the members that voted for `digest`, or, with none, all that opened a vote. */
export function beneficiaries(members: readonly Member[], digest: Digest, given: Digest): Member[] {
  const voters = members.filter(member => votedFor(member, given) !== undefined)
  const right = voters.filter(member => digest !== undefined && votedFor(member, given) === digest)
  return right.length > 0 ? right : voters
}
