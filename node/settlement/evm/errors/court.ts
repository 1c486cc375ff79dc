import { DealStateError, WrongContractError } from '../../errors.ts'
import type { courtAbi } from '../generated/court.ts'
import { escrowSentences } from './escrow.ts'
import { between, invalid, type Sentence, type Sentences } from './sentence.ts'

/** The contract's Phase and Standing, by number. */
const PHASES = ['none', 'drawing', 'voting', 'revealing', 'judged']
const STANDINGS = ['none', 'drawn', 'committed', 'revealed', 'revealed', 'declined', 'excused']
const AGAIN = 'look at the dispute: it may have gone on or ended already'

const seed =
  (name: string, message: string, remedy: string): Sentence =>
  ([deal, ticket]) =>
    new DealStateError(name, `${message} of deal ${deal}`, { field: 'ticket', value: ticket, remedy })

export const courtSentences: Sentences<typeof courtAbi> = {
  WrongPhase: ([deal, phase]) => {
    const value = PHASES[Number(phase)] ?? String(phase)
    const message = value === 'none' ? `deal ${deal} has no dispute` : `the dispute of deal ${deal} is ${value}`
    return new DealStateError('WrongPhase', message, { field: 'phase', value, remedy: AGAIN })
  },
  WrongStanding: ([deal, member, standing]) => {
    const value = STANDINGS[Number(standing)] ?? String(standing)
    return new DealStateError('WrongStanding', `member ${member} in the dispute of deal ${deal} is ${value}`, {
      field: 'member',
      value,
      remedy: 'look at the dispute: the member may have voted or declined already, or sits in an earlier round'
    })
  },
  WrongReveal: ([deal]) =>
    new DealStateError('WrongReveal', `what is revealed in the dispute of deal ${deal} is not what was committed`, {
      field: 'digest',
      value: deal,
      remedy: 'use the digest and the salt that were committed; what is revealed already cannot be revealed again'
    }),
  NotSeatOwner: ([seat, caller]) =>
    new DealStateError('NotSeatOwner', `seat ${seat} is not a seat of ${caller}`, {
      field: 'seat',
      value: seat,
      remedy: 'use the account that took the seat, and check that it was not left already'
    }),
  WrongSeatState: ([seat]) =>
    new DealStateError('WrongSeatState', `seat ${seat} is not in the state this needs`, {
      field: 'seat',
      value: seat,
      remedy: 'ask for the exit once, wait for the delay, then leave'
    }),
  SeatAtRisk: ([seat, risk]) =>
    new DealStateError('SeatAtRisk', `seat ${seat} sits in a dispute`, {
      field: 'risk',
      value: risk,
      limit: '0',
      remedy: 'leave when its disputes are finished'
    }),
  NotEnoughSeats: ([seats, needed]) =>
    new DealStateError('NotEnoughSeats', 'the court has too few seats for a round of this size', {
      field: 'seats',
      value: seats,
      limit: `at least ${needed}`,
      remedy: 'more mediators have to take seats; until then agree on deals without a committee'
    }),
  SeedPending: seed('SeedPending', 'the seed is not known yet in the dispute', 'draw again some blocks later'),
  SeedMissed: seed('SeedMissed', 'the seed can no longer be had in the dispute', 'ask for a new one: rearm, then draw'),
  SeedNotMissed: seed('SeedNotMissed', 'the seed was not missed in the dispute', 'draw, or wait until it can be drawn'),
  TooManyRearms: ([deal, max]) =>
    new DealStateError('TooManyRearms', `the draw of deal ${deal} was armed anew too often`, {
      field: 'rearms',
      value: max,
      limit: `at most ${max}`,
      remedy: 'close the round with tally: the verdict before it stands'
    }),
  NothingToDraw: ([deal]) =>
    new DealStateError('NothingToDraw', `nothing is left to draw in the dispute of deal ${deal}`, {
      field: 'deal',
      value: deal,
      remedy: 'all seats are drawn, or no more can be; then tally closes the round'
    }),
  LastRound: ([deal]) =>
    new DealStateError('LastRound', `nothing more can be appealed in the dispute of deal ${deal}`, {
      field: 'round',
      value: deal,
      remedy: 'finish the dispute: it pays out'
    }),
  WrongRound: ([deal, next]) =>
    new DealStateError('WrongRound', `an appeal of deal ${deal} would open round ${next}, another one than was meant`, {
      field: 'round',
      value: next,
      remedy: 'look at the dispute: the verdict that this appeal is against is another one by now'
    }),
  NotEscrow: ([caller]) =>
    new DealStateError('NotEscrow', `${caller} is not the escrow of this court`, {
      field: 'account',
      value: caller,
      remedy: 'challenge the deal in the escrow; it calls the court'
    }),
  BadSettings: invalid(
    'settings',
    'a court cannot be deployed like this',
    between,
    'give a stake of at least 1, and windows of 1 second to 30 days'
  ),
  TooEarly: escrowSentences.TooEarly,
  TooLate: escrowSentences.TooLate
}

/** What lies at the court's address does not belong to the escrow. */
export function wrongCourt(message: string, value: unknown, limit?: string, cause?: unknown): WrongContractError {
  return new WrongContractError(message, {
    field: 'court',
    value,
    ...(limit === undefined ? {} : { limit }),
    remedy: 'check the escrow and court addresses of the network',
    cause
  })
}
