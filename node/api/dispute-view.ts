import type { TokenInfo } from '../../protocols/common/network-document.ts'
import { formatAmount } from '../../protocols/common/units.ts'
import type { Hex } from '../../protocols/common/values.ts'
import type { Dispute } from '../../protocols/mediation/types.ts'
import type { DisputeView } from '../http/views.ts'
import type { CourtEvent } from '../settlement/court.ts'
import { optional } from './job-view.ts'

const MS = 1000
const SIZES = [3, 7, 15]
const VERDICTS = { wrong: 'provider-wrong', right: 'provider-right' } as const

/**
 * A dispute as people are told of it. What is over is known by its events alone, because the court deletes its records.
 *
 * @param history every event of the court about the deal, oldest first
 * @param live where it stands now, while it is not over
 * @returns undefined when the deal never was before the court
 */
export function disputeView(
  deal: Hex,
  history: readonly CourtEvent[],
  live: Dispute | undefined,
  token: TokenInfo
): DisputeView | undefined {
  if (history.length === 0 && live === undefined) return undefined
  const judged = history.findLast(e => e.kind === 'judged')
  const finished = history.findLast(e => e.kind === 'finished')
  const wrong = finished?.providerWrong ?? judged?.providerWrong
  const members = live?.members ?? []
  const words: Words = {
    seat: seatsOf(history),
    amount: units => `${formatAmount(units, token.decimals)} ${token.symbol}`
  }
  return {
    deal,
    state: live?.phase ?? 'over',
    ...optional('round', live === undefined ? undefined : live.round + 1),
    ...optional('deadlineAt', live === undefined || live.deadlineSec === 0 ? undefined : live.deadlineSec * MS),
    ...optional('providerDigest', live?.digest),
    ...optional('verdict', wrong === undefined ? undefined : VERDICTS[wrong ? 'wrong' : 'right']),
    members: members.map(m => ({
      owner: m.owner,
      seat: m.seat,
      round: m.round + 1,
      standing: m.standing,
      ...optional('vote', m.standing === 'revealed' ? m.vote : undefined)
    })),
    story: history.map(event => ({ what: sentence(event, words), hash: event.transaction }))
  }
}

const roundName = (round: number): string => `round ${round + 1} (${SIZES[round] ?? '?'} seats)`

interface Words {
  seat(member: number): string
  amount(units: bigint): string
}

/** Members are numbered within a dispute, which nobody else does: people know them by their seats. */
function seatsOf(history: readonly CourtEvent[]): Words['seat'] {
  const seats = new Map(history.flatMap(e => (e.kind === 'drawn' ? [[e.member, e.seat] as const] : [])))
  return member => (seats.has(member) ? `seat ${seats.get(member)}` : `member ${member}`)
}

const SENTENCES: { [K in CourtEvent['kind']]: (event: CourtEvent & { kind: K }, words: Words) => string } = {
  challenged: () => 'the creator challenged the result',
  drawn: e => `${e.owner} was drawn with seat ${e.seat} for ${roundName(e.round)}`,
  armed: e => `${roundName(e.round)} waits for the seed of block ${e.ticket}`,
  declined: (e, { seat }) => `${seat(e.member)} declined, for a fee; another one takes its place`,
  committed: (e, { seat }) => `${seat(e.member)} committed to its vote`,
  revealed: (e, { seat }) => `${seat(e.member)} voted ${e.digest}${e.orTimeout ? ', or a timeout' : ''}`,
  'commitment-revealed': e => `the provider's result is ${e.digest}`,
  removed: e => `a reorganisation of the chain took "${e.was}" back`,
  voting: e =>
    `all seats of ${roundName(e.round)} are drawn; they vote until ${timeOf(e.voteBySec)}, or until all have`,
  judged: e =>
    `${roundName(e.round)} found the provider ${e.providerWrong ? 'wrong' : 'right'}; ` +
    (e.appealBySec === 0 ? 'this is the last word' : `an appeal may come until ${timeOf(e.appealBySec)}`),
  undrawn: e => `${roundName(e.round)} could not be drawn; the verdict before it stands`,
  appealed: e => `${e.payer} appealed for the ${e.forCreator ? 'creator' : 'provider'}: ${roundName(e.round)}`,
  'seat-paid': (e, { amount }) => `${e.owner} got ${amount(e.amount)} for seat ${e.seat}`,
  'seat-slashed': (e, { amount }) => `${e.owner} lost ${amount(e.amount)} of seat ${e.seat}`,
  finished: e =>
    e.providerWrong
      ? 'over: the provider was wrong, the price went back to the creator'
      : 'over: the provider was right and is paid'
}

const sentence = (event: CourtEvent, words: Words): string =>
  (SENTENCES[event.kind] as (e: CourtEvent, words: Words) => string)(event, words)

const timeOf = (sec: number): string => `${new Date(sec * MS).toISOString().replace('T', ' ').slice(0, 19)} UTC`
