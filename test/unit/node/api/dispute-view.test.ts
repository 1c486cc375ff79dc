import assert from 'node:assert/strict'
import { disputeView } from '../../../../node/api/dispute-view.ts'
import { disputeView as schema } from '../../../../node/http/views.ts'
import type { CourtEvent } from '../../../../node/settlement/court.ts'
import type { Dispute } from '../../../../protocols/mediation/types.ts'
import { account, word } from '../../../support/deal/builders.ts'

const DEAL = word(1)
const TOKEN = { symbol: 'DCN', decimals: 1 }
type Fact = CourtEvent extends infer E
  ? E extends CourtEvent
    ? Omit<E, 'deal' | 'transaction' | 'blockNumber'>
    : never
  : never
const event = (fact: Fact): CourtEvent => ({ ...fact, deal: DEAL, transaction: word(9), blockNumber: 1n }) as CourtEvent

/** One of each kind, as a dispute with an appeal brings them. */
const HISTORY: CourtEvent[] = [
  event({ kind: 'armed', round: 0, ticket: 7n }),
  event({ kind: 'drawn', owner: account(1), round: 0, member: 0, seat: 4 }),
  event({ kind: 'voting', round: 0, voteBySec: 100 }),
  event({ kind: 'declined', member: 0 }),
  event({ kind: 'committed', member: 1 }),
  event({ kind: 'revealed', member: 1, digest: word(2), orTimeout: true }),
  event({ kind: 'commitment-revealed', digest: word(2) }),
  event({ kind: 'judged', round: 0, providerWrong: false, appealBySec: 200 }),
  event({ kind: 'appealed', round: 1, payer: account(3), forCreator: true, deposit: 7n }),
  event({ kind: 'removed', was: 'drawn' }),
  event({ kind: 'undrawn', round: 1 })
]
const END: CourtEvent[] = [
  event({ kind: 'seat-paid', seat: 4, owner: account(1), amount: 5n }),
  event({ kind: 'seat-slashed', seat: 5, owner: account(2), amount: 3n }),
  event({ kind: 'finished', providerWrong: true, pot: 8n, paidSeats: 1 })
]
const LIVE: Dispute = {
  deal: DEAL,
  phase: 'voting',
  round: 1,
  rearms: 0,
  seeded: true,
  providerWrong: false,
  first: 3,
  seated: 7,
  committed: 0,
  revealed: 0,
  cursor: 9,
  seatCount: 20,
  challengedAtSec: 1,
  roundAtSec: 2,
  deadlineSec: 300,
  members: [
    { index: 0, seat: 4, owner: account(1), round: 0, standing: 'revealed', vote: '0xab' },
    { index: 3, seat: 6, owner: account(2), round: 1, standing: 'committed', vote: '0xcd' }
  ]
}

describe('api/dispute-view', () => {
  it('default: a live dispute: where it stands, who sits in it, and no vote before it is open', () => {
    const view = disputeView(DEAL, HISTORY, LIVE, TOKEN)
    assert.ok(view !== undefined && schema.safeParse(view).success)
    assert.deepEqual([view.state, view.round, view.deadlineAt, view.verdict], ['voting', 2, 300_000, 'provider-right'])
    assert.deepEqual(
      view.members.map(m => [m.round, m.standing, m.vote]),
      [
        [1, 'revealed', '0xab'],
        [2, 'committed', undefined]
      ]
    )
    assert.equal(view.story.length, HISTORY.length)
  })

  it('default: one that is over is told by its events, each in a sentence', () => {
    const view = disputeView(DEAL, [...HISTORY, ...END], undefined, TOKEN)
    assert.deepEqual([view?.state, view?.verdict, view?.members], ['over', 'provider-wrong', []])
    assert.ok(view?.story.every(({ what }) => what.length > 10 && !/undefined|NaN/.test(what)))
    assert.match(view?.story.at(-1)?.what ?? '', /the provider was wrong/)
    assert.match(view?.story.at(-3)?.what ?? '', /got 0.5 DCN for seat 4/)
  })

  it('behavior: a deal that never was before the court has no view', () => {
    assert.equal(disputeView(DEAL, [], undefined, TOKEN), undefined)
  })
})
