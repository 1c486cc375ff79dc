import { DealStateError } from '../../errors.ts'
import type { jobBoardAbi } from '../generated/job-board.ts'
import { escrowSentences } from './escrow.ts'
import { atMost, between, given, invalid, type Sentences } from './sentence.ts'

/** The board's State and the escrow's, by number. */
const STATES = ['unknown', 'open', 'delivered', 'refunded']
const DEAL_STATES = ['none', 'open', 'submitted', 'disputed', 'closed']
const LOOK = 'look at the request with "dcn board show"'

export const boardSentences: Sentences<typeof jobBoardAbi> = {
  WrongRequestState: ([id, state]) => {
    const value = STATES[Number(state)] ?? String(state)
    return new DealStateError('WrongRequestState', `request ${id} is ${value}`, { field: 'state', value, remedy: LOOK })
  },
  LaneBusy: ([requester, lane]) =>
    new DealStateError('LaneBusy', `lane ${lane} of ${requester} has a request that is not over`, {
      field: 'lane',
      value: lane,
      remedy: 'wait for it, or ask in another lane (--lane)'
    }),
  OutOfRange: invalid('order', 'the board does not take a number of this order', between, 'choose one in the range'),
  BadJob: invalid(
    'job',
    'a request names no specification',
    ([length, max]) => ({ value: `${length} bytes`, limit: `a CID of 36 bytes, or a block of at most ${max}` }),
    'give the CID of a job specification, or its dag-cbor block'
  ),
  WrongSpec: ([expected, actual]) =>
    new DealStateError('WrongSpec', 'the deal is about another specification than the request', {
      field: 'spec',
      value: actual,
      limit: String(expected),
      remedy: 'make a deal about the specification that the request names'
    }),
  WrongResult: ([expected, actual]) =>
    new DealStateError('WrongResult', 'what is delivered does not belong together', {
      field: 'result',
      value: actual,
      limit: String(expected),
      remedy: 'deliver the run that the result commits to, of the deal that it names'
    }),
  WrongNonce: ([nonce, id]) =>
    new DealStateError('WrongNonce', `the deal was not made for request ${id}`, {
      field: 'nonce',
      value: nonce,
      remedy: 'a deal for a request has the nonce of its id'
    }),
  NotAgent: ([account, seat]) =>
    new DealStateError('NotAgent', `seat ${seat} is not one that ${account} has had since before the request`, {
      field: 'seat',
      value: seat,
      remedy: 'deliver with a seat of the creator of the deal'
    }),
  DealNotClosed: ([deal, state]) => {
    const value = DEAL_STATES[Number(state)] ?? String(state)
    return new DealStateError('DealNotClosed', `deal ${deal} is ${value}`, {
      field: 'state',
      value,
      limit: 'closed',
      remedy: 'deliver when it is settled'
    })
  },
  ChargeAboveBid: invalid('charge', 'the deal cost more than the request bids', atMost, 'make a deal within the bid'),
  NotEnoughGas: ([left, needed]) =>
    new DealStateError('NotEnoughGas', 'too little gas is left for the callback', {
      field: 'gas',
      value: left,
      limit: `at least ${needed}`,
      remedy: 'send the delivery with more gas'
    }),
  NothingToWithdraw: ([account]) =>
    new DealStateError('NothingToWithdraw', `the board holds nothing for ${account}`, {
      field: 'account',
      value: account,
      remedy: 'it was paid out, or nothing was delivered yet'
    }),
  BadEscrow: invalid('escrow', 'a board needs an escrow with a court', given, 'name an escrow that has a court'),
  BadSignature: escrowSentences.BadSignature,
  SameParty: escrowSentences.SameParty,
  TooEarly: ([notBefore, now]) =>
    new DealStateError('TooEarly', 'the time of the request is not over', {
      field: 'time',
      value: now,
      limit: `from ${notBefore}`,
      remedy: 'cancel it from then on: nobody does it by itself'
    }),
  TooLate: escrowSentences.TooLate,
  TransferShortfall: escrowSentences.TransferShortfall,
  ReentrancyGuardReentrantCall: escrowSentences.ReentrancyGuardReentrantCall,
  SafeERC20FailedOperation: escrowSentences.SafeERC20FailedOperation
}
