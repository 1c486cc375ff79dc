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
import { DealStateError, TransactionRevertedError } from '../errors.ts'
import type { EventOptions, Receipt } from '../settlement.ts'
import { hashDeal, lower } from '../typed-data.ts'
import { delay, Serial } from './async.ts'
import type { ChainClient } from './client.ts'
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
import { decodeLogs, type Emitter, findEvent, historyOf } from './topics.ts'

/** What the court needs of the settlement that it belongs to: one account, one sender, one journal. */
export interface CourtHost {
  client: ChainClient
  escrow: Address
  startBlock: bigint
  account: Address
  pollMs: number
  /** journals, sends and waits; a failed transaction is an error */
  send(key: string, data: Hex, options: AbortOptions, to: Address): Promise<TransactionReceipt>
  /** the key of the oldest unmined transaction whose key starts so */
  underWay(prefix: string): string | undefined
  /** every question to the chain: ends with the signal, fails with an error that a person can read */
  ask<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T>
  challenge(deal: Deal, result: Result, options: ChallengeOptions): Promise<Receipt>
  watching(consumer: string, signal?: AbortSignal): { init: WatchInit; ended: AbortSignal }
  /** @throws SettlementStoppedError */
  stopped(): AbortSignal
}

/** Looks at the contract after a receipt, for an endpoint that lags behind the one that gave the receipt. */
const STATE_LOOKS = 20
const TAKE = 'take-seat:'

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
    const { client, escrow, ask } = this.#host
    // immutable: read once
    this.#settings ??= await ask(readSettings(client, escrow, this.address), signal)
    return { ...this.#settings }
  }

  // ---- seats

  seats({ signal }: AbortOptions = {}): Promise<Seat[]> {
    return this.#host.ask(readSeats(this.#host.client, this.address), signal)
  }

  /** One at a time: whatever is unmined when a call begins was sent by a process before, or by a call that gave up waiting. */
  takeSeat(capabilities: number, options: AbortOptions = {}): Promise<{ seat: number; receipt: Receipt }> {
    return this.#takes.run(async () => {
      options.signal?.throwIfAborted()
      const { host, prefix } = { host: this.#host, prefix: `${TAKE}${capabilities}:` }
      const key = host.underWay(prefix) ?? `${prefix}${randomUUID()}`
      const receipt = await host.send(key, courtCall('takeSeat', [BigInt(capabilities)]), options, this.address)
      const [taken] = decodeLogs([seatEmitter(this.address)], receipt.logs)
      if (taken === undefined) throw notSeen('a seat was not taken', receipt)
      await this.#expectSeat(taken.seat, receipt, owner => owner === host.account, options)
      return { seat: taken.seat, receipt: plain(receipt) }
    })
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
    return this.#host.ask(readDispute(this.#host.client, this.#at, deal), signal)
  }

  async challengeOf(deal: Hex, { signal }: AbortOptions = {}): Promise<Challenge | undefined> {
    const { client, startBlock, ask } = this.#host
    const search = { name: 'Challenged', args: { deal } }
    const found = await ask(findEvent(client, this.#emitters.challenges, startBlock, search), signal)
    return found?.kind === 'challenged' ? toChallenge(found) : undefined
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
    const now = await this.dispute(hashDeal(deal), options)
    const next = now === undefined ? undefined : now.phase === 'judged' ? now.round + 1 : now.round
    const call = appealCall(deal, round ?? next)
    if (now === undefined || round === undefined || round === next) return this.#act(call, options)
    return this.#done(
      call,
      new DealStateError('WrongPhase', `an appeal of deal ${call.deal} would open round ${next}`, {
        field: 'round',
        value: round,
        limit: String(next),
        remedy: 'look at the dispute: the verdict that this appeal is against is another one by now'
      }),
      options
    )
  }

  finish(deal: Deal, result: Result, options: AbortOptions = {}): Promise<Receipt> {
    return this.#act(finishCall(deal, result), options)
  }

  async *events({ signal, consumer = 'default' }: EventOptions = {}): AsyncIterable<CourtEvent> {
    const { init, ended } = this.#host.watching(consumer, signal)
    for await (const event of watchEvents(init, { emitters: this.#emitters.all }, ended)) yield toCourtEvent(event)
  }

  // ---- steps

  async #act(call: DisputeCall, options: AbortOptions): Promise<Receipt> {
    const { client, send } = this.#host
    let receipt: TransactionReceipt
    try {
      receipt = await send(`court:${call.key}`, call.data, options, this.address)
    } catch (error) {
      if (!(error instanceof DealStateError) || !call.refusals.includes(error.contractError)) throw error
      return this.#done(call, error, options)
    }
    await this.#expect(receipt, options, async () => {
      const now = await readDisputeAt(client, this.#at, call.deal, receipt.blockNumber)
      return now === undefined || call.shows(now)
    })
    return plain(receipt)
  }

  /** The transaction that did it, whoever sent it; what the contract says of its refusal when nobody did. */
  async #done(call: DisputeCall, refusal: DealStateError, options: AbortOptions): Promise<Receipt> {
    const { client, startBlock, ask } = this.#host
    const begins = (event: CourtFact) => event.kind === 'challenged'
    const [history, now] = await ask(
      Promise.all([
        historyOf(client, this.#emitters.all, startBlock, call.deal, begins),
        readDispute(client, this.#at, call.deal)
      ]),
      options.signal
    )
    const done = call.doneBy(history)
    if (done === undefined || (now !== undefined && call.contradicts?.(now) === true)) throw refusal
    return { transaction: done.transaction, gasUsed: 0n }
  }

  async #onSeat(
    event: SeatEvent,
    seat: number,
    data: Hex,
    isDone: (owner: Address, exit: number) => boolean,
    options: AbortOptions
  ): Promise<Receipt> {
    const { client, account, startBlock, send, ask } = this.#host
    let receipt: TransactionReceipt
    try {
      receipt = await send(`${event}:${seat}`, data, options, this.address)
    } catch (error) {
      if (!(error instanceof DealStateError) || !['NotSeatOwner', 'WrongSeatState'].includes(error.contractError))
        throw error
      const search = { name: event, args: { seat: BigInt(seat), owner: account } }
      const done = await ask(findEvent(client, seatEmitter(this.address), startBlock, search), options.signal)
      if (done === undefined) throw error
      return { transaction: done.transaction, gasUsed: 0n }
    }
    await this.#expectSeat(seat, receipt, isDone, options)
    return plain(receipt)
  }

  #expectSeat(
    seat: number,
    receipt: TransactionReceipt,
    isDone: (owner: Address, exit: number) => boolean,
    options: AbortOptions
  ): Promise<void> {
    return this.#expect(receipt, options, async () => {
      const { owner, exit } = await readSeat(this.#host.client, this.address, seat, receipt.blockNumber)
      return isDone(lower(owner), exit)
    })
  }

  /** A receipt is one node's word; the contract's state at that block is what counts. */
  async #expect(receipt: TransactionReceipt, { signal }: AbortOptions, look: () => Promise<boolean>): Promise<void> {
    const { pollMs, stopped } = this.#host
    for (let looks = 0; looks < STATE_LOOKS; looks++) {
      if (await look().catch(() => false)) return
      signal?.throwIfAborted()
      await delay(pollMs, stopped())
    }
    throw notSeen('the court does not show what a transaction did', receipt)
  }
}

function plain({ transactionHash, gasUsed }: TransactionReceipt): Receipt {
  return { transaction: transactionHash, gasUsed }
}

function notSeen(message: string, { transactionHash }: TransactionReceipt): TransactionRevertedError {
  return new TransactionRevertedError(message, {
    field: 'state',
    value: transactionHash,
    remedy: 'the chain changed meanwhile, or an RPC endpoint lags: look at the dispute again'
  })
}
