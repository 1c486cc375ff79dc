import type { Court, CourtEvent } from '../../../node/settlement/court.ts'
import { DealStateError, SettlementUnreachableError } from '../../../node/settlement/errors.ts'
import { NO_TRANSACTION, type Receipt } from '../../../node/settlement/settlement.ts'
import type { Address } from '../../../protocols/common/values.ts'
import type { ToyCourt } from './toy-court.ts'
import { Refused } from './toy-seats.ts'

export interface CourtFaults {
  /** asked before each call: fails it before or after it took place */
  fate?: (call: string) => 'pass' | 'lost' | 'done-and-lost'
  /** what was sent, refused calls included */
  sent?: string[]
}

/** A toy court as one account's client of it. */
export function courtOf(toy: ToyCourt, account: Address, { fate = () => 'pass', sent = [] }: CourtFaults = {}): Court {
  const receipt: Receipt = { transaction: NO_TRANSACTION, gasUsed: 0n }

  async function send(call: string, apply: () => unknown): Promise<Receipt> {
    sent.push(call)
    const what = fate(call)
    if (what === 'lost') throw new SettlementUnreachableError('the chain node does not answer')
    try {
      apply()
    } catch (error) {
      if (error instanceof Refused) throw new DealStateError(error.name, error.message)
      throw error
    }
    if (what === 'done-and-lost') throw new SettlementUnreachableError('the answer was lost')
    return receipt
  }
  async function read<T>(call: string, answer: () => T): Promise<T> {
    if (fate(call) !== 'pass') throw new SettlementUnreachableError('the chain node does not answer')
    return answer()
  }
  const { settings } = toy
  return {
    address: '0x00000000000000000000000000000000000000cc',
    settings: () => read('settings', () => ({ ...settings, minSeatFee: 1n })),
    seats: () => read('seats', () => structuredClone(toy.seats)),
    async takeSeat(capabilities) {
      let seat = 0
      await send('takeSeat', () => {
        seat = toy.takeSeat(account, capabilities)
      })
      return { seat, receipt }
    },
    askExit: seat => send('askExit', () => toy.askExit(account, seat)),
    leaveSeat: seat => send('leaveSeat', () => toy.leaveSeat(account, seat)),
    dispute: id => read('dispute', () => toy.dispute(id)),
    history: id => read('history', () => toy.events.filter(e => e.deal === id) as CourtEvent[]),
    challengeOf: id => read('challengeOf', () => toy.challengeOf(id)),
    challenge: (deal, result) => send('challenge', () => toy.challenge(deal, result)),
    draw: deal => send('draw', () => toy.draw(deal)),
    rearm: id => send('rearm', () => toy.rearm(id)),
    commit: (id, member, vote) =>
      send('commit', () => {
        // as the client: what was done already, with the same vote, resolves
        const known = toy.dispute(id)?.members[member]
        if (known?.standing !== 'committed' || known.vote !== vote) toy.commit(account, id, member, vote)
      }),
    decline: (deal, member) => send('decline', () => toy.decline(account, deal, member)),
    reveal: (id, member, vote) =>
      send('reveal', () => {
        if (toy.dispute(id)?.members[member]?.standing !== 'revealed') toy.reveal(account, id, member, vote)
      }),
    revealCommitment: (result, digest, salt) =>
      send('revealCommitment', () => toy.revealCommitment(result, digest, salt)),
    tally: deal => send('tally', () => toy.tally(deal)),
    appeal: (deal, { round = 1 } = {}) => send('appeal', () => toy.appeal(account, deal, round)),
    finish: (deal, result) => send('finish', () => toy.finish(deal, result)),
    // the roles under test are told of events by the test
    async *events() {}
  }
}
