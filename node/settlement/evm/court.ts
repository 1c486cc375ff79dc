import { randomUUID } from 'node:crypto'
import type { TransactionReceipt } from 'viem'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { Deal, Result } from '../../../protocols/deal/schema.ts'
import type { Dispute, Seat } from '../../../protocols/mediation/types.ts'
import type { AbortOptions } from '../../components.ts'
import type {
  AppealOptions,
  Challenge,
  ChallengeOptions,
  Court,
  CourtEvent,
  CourtSettings,
  RevealedVote
} from '../court.ts'
import { DealStateError, EndpointLieError } from '../errors.ts'
import type { EventOptions, Receipt } from '../settlement.ts'
import { hashDeal, lower } from '../typed-data.ts'
import { Serial } from './async.ts'
import type { Chain } from './client.ts'
import {
  appealCall,
  commitCall,
  courtCall,
  type DisputeCall,
  declineCall,
  drawCall,
  finishCall,
  rearmCall,
  revealCall,
  revealCommitmentCall,
  tallyCall
} from './court-calls.ts'
import { type CourtFact, courtEmitters, type SeatEvent, seatEmitter, toChallenge, toCourtEvent } from './court-logs.ts'
import { type CourtAt, readDispute, readDisputeAt, readSeat, readSeats, readSettings } from './court-reads.ts'
import { type WatchInit, watchEvents } from './events.ts'
import type { Proof } from './receipt-check.ts'
import { decodeLogs, type Emitter, findEvent, historyOf } from './topics.ts'

/** What the court needs of the settlement that it belongs to: one account, one sender, one journal. */
export interface CourtHost {
  chain: Chain
  escrow: Address
  startBlock: bigint
  account: Address
  /** journals, sends and waits; a failed transaction is an error */
  send(key: string, data: Hex, options: AbortOptions, to: Address): Promise<TransactionReceipt>
  /** has the contract confirm a receipt; `key` begins with what it was for */
  check(key: string, receipt: TransactionReceipt, proof: Proof, options: AbortOptions): Promise<Receipt>
  /** the key of the oldest unmined transaction whose key starts so */
  underWay(prefix: string): string | undefined
  /** every question to the chain: ends with the signal, fails with an error that a person can read */
  ask<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T>
  challenge(deal: Deal, result: Result, options: ChallengeOptions): Promise<Receipt>
  watching(consumer: string, signal?: AbortSignal): { init: WatchInit; ended: AbortSignal }
}

const TAKE = 'take-seat:'
type SeatTest = (owner: Address, exit: number) => boolean

export class EvmCourt implements Court {
  readonly address: Address
  readonly #at: CourtAt
  readonly #host: CourtHost
  readonly #emitters: { challenges: Emitter<CourtFact>; all: Emitter<CourtFact>[] }
  readonly #takes = new Serial()
  #settings: CourtSettings | undefined

  constructor(at: CourtAt, host: CourtHost) {
    this.address = at.court
    this.#at = at
    this.#host = host
    this.#emitters = courtEmitters(host.escrow, at.court)
  }

  async settings({ signal }: AbortOptions = {}): Promise<CourtSettings> {
    const { chain, escrow, ask } = this.#host
    // immutable: read once
    this.#settings ??= await ask(readSettings(chain.client, escrow, this.address), signal)
    return { ...this.#settings }
  }

  // ---- seats

  seats({ signal }: AbortOptions = {}): Promise<Seat[]> {
    return this.#host.ask(readSeats(this.#host.chain.client, this.address), signal)
  }

  /** One at a time: what is unmined when a call begins was sent by a process before, or by a call that gave up waiting. */
  takeSeat(capabilities: number, options: AbortOptions = {}): Promise<{ seat: number; receipt: Receipt }> {
    return this.#takes.run(async () => {
      options.signal?.throwIfAborted()
      const { chain, ask, underWay } = this.#host
      const prefix = `${TAKE}${capabilities}:`
      const head = await ask(chain.client.getBlockNumber(), options.signal)
      const earlier = underWay(prefix)
      if (earlier !== undefined) {
        const taken = await this.#take(earlier, capabilities, options)
        if (taken.block > head) return { seat: taken.seat, receipt: taken.receipt }
        // it was mined long ago, and only the journal still kept it
      }
      const { seat, receipt } = await this.#take(`${prefix}${randomUUID()}`, capabilities, options)
      return { seat, receipt }
    })
  }

  async #take(key: string, capabilities: number, options: AbortOptions) {
    const { send, check, account } = this.#host
    const mined = await send(key, courtCall('takeSeat', [BigInt(capabilities)]), options, this.address)
    const [taken] = decodeLogs([seatEmitter(this.address)], mined.logs)
    if (taken === undefined) {
      throw new EndpointLieError('a receipt says that no seat was taken', { value: mined.transactionHash })
    }
    const proof = this.#seatProof(taken.seat, owner => owner === account)
    return { seat: taken.seat, block: mined.blockNumber, receipt: await check(key, mined, proof, options) }
  }

  askExit(seat: number, options: AbortOptions = {}): Promise<Receipt> {
    const isAsked = (owner: Address, exit: number) => owner !== this.#host.account || exit !== 0
    return this.#onSeat('SeatExitAsked', seat, courtCall('askExit', [BigInt(seat)]), isAsked, options)
  }

  leaveSeat(seat: number, options: AbortOptions = {}): Promise<Receipt> {
    const isLeft = (owner: Address) => owner !== this.#host.account
    return this.#onSeat('SeatLeft', seat, courtCall('leaveSeat', [BigInt(seat)]), isLeft, options)
  }

  // ---- disputes

  dispute(deal: Hex, { signal }: AbortOptions = {}): Promise<Dispute | undefined> {
    return this.#host.ask(readDispute(this.#host.chain.client, this.#at, deal), signal)
  }

  async challengeOf(deal: Hex, { signal }: AbortOptions = {}): Promise<Challenge | undefined> {
    const { chain, startBlock, ask } = this.#host
    const search = { name: 'Challenged', args: { deal } }
    const found = await ask(findEvent(chain.anyone, this.#emitters.challenges, startBlock, search), signal)
    return found?.kind === 'challenged' ? toChallenge(found) : undefined
  }

  async history(deal: Hex, { signal }: AbortOptions = {}): Promise<CourtEvent[]> {
    return (await this.#host.ask(this.#history(deal), signal)).map(toCourtEvent)
  }

  challenge(deal: Deal, result: Result, options: ChallengeOptions = {}): Promise<Receipt> {
    return this.#host.challenge(deal, result, options)
  }

  async draw(deal: Deal, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(drawCall(deal, await this.dispute(hashDeal(deal), options)), options)
  }

  async rearm(deal: Hex, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(rearmCall(deal, await this.dispute(deal, options)), options)
  }

  commit(deal: Hex, member: number, vote: Hex, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(commitCall(deal, member, vote), options)
  }

  decline(deal: Deal, member: number, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(declineCall(deal, member), options)
  }

  reveal(deal: Hex, member: number, vote: RevealedVote, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(revealCall(deal, member, vote), options)
  }

  revealCommitment(result: Result, digest: Hex, salt: Hex, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(revealCommitmentCall(result, digest, salt), options)
  }

  async tally(deal: Deal, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(tallyCall(deal, await this.dispute(hashDeal(deal), options)), options)
  }

  async appeal(deal: Deal, { round, ...options }: AppealOptions = {}): Promise<Receipt> {
    return this.#act(appealCall(deal, round ?? (await this.#nextRound(deal, options))), options)
  }

  finish(deal: Deal, result: Result, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(finishCall(deal, result), options)
  }

  async *events({ signal, consumer = 'default' }: EventOptions = {}): AsyncIterable<CourtEvent> {
    const { init, ended } = this.#host.watching(consumer, signal)
    for await (const seen of watchEvents(init, { emitters: this.#emitters.all }, ended)) {
      if ('event' in seen) yield toCourtEvent(seen.event)
      else yield { ...seen.gone, kind: 'removed', was: seen.gone.kind as CourtEvent['kind'] }
    }
  }

  // ---- steps

  async #act(call: DisputeCall, options: AbortOptions): Promise<Receipt> {
    const { send, check } = this.#host
    let receipt: TransactionReceipt
    try {
      receipt = await send(call.key, call.data, options, this.address)
    } catch (error) {
      if (!isRefusal(error, call.refusals)) throw error
      return this.#done(call, error, options)
    }
    const proof: Proof = async (client, { blockNumber }) => {
      const now = await readDisputeAt(client, this.#at, call.deal, blockNumber)
      return now === undefined || call.shows(now)
    }
    return check(call.key, receipt, proof, options)
  }

  /** The transaction that did it, whoever sent it; what the contract says of its refusal when nobody did. */
  async #done(call: DisputeCall, refusal: DealStateError, options: AbortOptions): Promise<Receipt> {
    const { chain, ask } = this.#host
    const [history, now] = await ask(
      Promise.all([this.#history(call.deal), readDispute(chain.client, this.#at, call.deal)]),
      options.signal
    )
    const done = call.doneBy(history)
    if (done === undefined || (now !== undefined && call.contradicts?.(now) === true)) throw refusal
    return { transaction: done.transaction, gasUsed: 0n }
  }

  /** What an appeal would open now; the one that is under way if it was opened already. */
  async #nextRound(deal: Deal, options: AbortOptions): Promise<number> {
    const { phase, round } = (await this.dispute(hashDeal(deal), options)) ?? { phase: 'judged', round: 0 }
    return phase === 'judged' ? round + 1 : round
  }

  /** Everything since the challenge, oldest first. */
  #history(deal: Hex) {
    const { chain, startBlock } = this.#host
    const begins = (event: CourtFact) => event.kind === 'challenged'
    return historyOf(chain.anyone, this.#emitters.all, startBlock, deal, begins)
  }

  async #onSeat(event: SeatEvent, seat: number, data: Hex, isDone: SeatTest, options: AbortOptions): Promise<Receipt> {
    const { chain, account, startBlock, send, check, ask } = this.#host
    // the same place in the array may be taken again, by the same account
    const key = `${event}:${seat}:${await ask(this.#takenAt(seat), options.signal)}`
    let receipt: TransactionReceipt
    try {
      receipt = await send(key, data, options, this.address)
    } catch (error) {
      if (!isRefusal(error, ['NotSeatOwner', 'WrongSeatState'])) throw error
      const search = { name: event, args: { seat: BigInt(seat), owner: account } }
      const done = await ask(findEvent(chain.anyone, seatEmitter(this.address), startBlock, search), options.signal)
      if (done === undefined) throw error
      return { transaction: done.transaction, gasUsed: 0n }
    }
    return check(key, receipt, this.#seatProof(seat, isDone), options)
  }

  async #takenAt(seat: number): Promise<number> {
    const { client } = this.#host.chain
    const found = readSeat(client, this.address, seat, await client.getBlockNumber())
    // of a seat that never was the contract says so when it is called
    return found.then(
      ({ from }) => from,
      () => 0
    )
  }

  #seatProof(seat: number, isDone: SeatTest): Proof {
    return async (client, { blockNumber }) => {
      const { owner, exit } = await readSeat(client, this.address, seat, blockNumber)
      return isDone(lower(owner), exit)
    }
  }
}

function isRefusal(error: unknown, names: readonly string[]): error is DealStateError {
  return error instanceof DealStateError && names.includes(error.contractError)
}
