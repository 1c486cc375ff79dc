import { CID } from 'multiformats/cid'
import { decide, refusalOf, tooPoor } from '../../../protocols/board/decide.ts'
import { cidOfJob, nonceOfRequest, runOf } from '../../../protocols/board/delivery.ts'
import { cidOf } from '../../../protocols/common/cbor.ts'
import { messageOf } from '../../../protocols/common/errors.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { CreatorState } from '../../../protocols/deal/creator-types.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import { decodeManifest } from '../../../protocols/job/manifest.ts'
import { JOB_LIMITS } from '../../../protocols/job/schema.ts'
import type { AbortOptions, Log } from '../../components.ts'
import type { Journal } from '../../journal/journal.ts'
import { pause, within } from '../../network/deadline.ts'
import type { Board, BoardEvent } from '../../settlement/board.ts'
import { DealStateError } from '../../settlement/errors.ts'
import type { Settlement } from '../../settlement/settlement.ts'
import type { Storage } from '../../storage/storage.ts'
import { manifestOf } from '../creator/check-delivery.ts'
import type { CreatorRole } from '../creator/creator.ts'
import { jobIdOf } from '../creator/submission.ts'
import { type Work, WorkList } from './work.ts'

export interface BoardAgentInit {
  account: Address
  /** token units */
  minFee: bigint
  /** between two looks at what is open. @default 1000 */
  pollMs?: number
}

export interface BoardAgentComponents {
  settlement: Pick<Settlement, 'board' | 'court' | 'now'>
  creator: Pick<CreatorRole, 'submit' | 'find' | 'cancel'>
  storage: Pick<Storage, 'getBlock' | 'putBlock' | 'pin'>
  journal: Journal
  log: Log
}

const POLL_MS = 1000
/** A specification is small; who does not serve it has none. */
const SPEC_TIMEOUT_MS = 20_000
/** Requests that are looked at together, beside those in hand: each may wait for its specification. */
const MAX_BUSY = 128
/** Jobs that run for the board at the same time. */
const MAX_TAKEN = 8
/** Refusals of the board that another try does not change. */
const FINAL = ['WrongRequestState', 'TooLate', 'WrongSpec', 'WrongResult', 'WrongNonce', 'NotAgent', 'ChargeAboveBid']
/** What a job can end in that has a result which was paid. */
const PAID: readonly (string | undefined)[] = ['settled', 'claimed', 'resolved']

/**
 * Serves requests of the board whose turn has come: has them run as jobs of this node, under the nonce of the request, and brings what came
 * out. Every step is in the journal before it is made and asks the chain first, so a node that stops anywhere goes on there.
 */
export class BoardAgent {
  readonly #init: BoardAgentInit
  readonly #c: BoardAgentComponents
  readonly #work: WorkList
  readonly #busy = new Map<Hex, Promise<void>>()
  #shutdown: AbortController | undefined
  #loops: Promise<unknown> | undefined

  constructor(init: BoardAgentInit, components: BoardAgentComponents) {
    this.#init = init
    this.#c = components
    this.#work = new WorkList(components.journal)
  }

  start(): void {
    if (this.#shutdown !== undefined) return
    const { settlement, log } = this.#c
    const { board } = settlement
    if (board === undefined || settlement.court === undefined) {
      log.warn('this network has no job board: nothing is served')
      return
    }
    this.#shutdown = new AbortController()
    const { signal } = this.#shutdown
    this.#loops = Promise.all([this.#listen(board, signal), this.#look(board, signal)])
  }

  async stop(): Promise<void> {
    this.#shutdown?.abort()
    await this.#loops
    await Promise.all(this.#busy.values())
    this.#shutdown = undefined
  }

  async #listen(board: Board, signal: AbortSignal): Promise<void> {
    for await (const event of board.events({ signal, consumer: 'agent' })) this.#heard(event)
  }

  #heard(event: BoardEvent): void {
    const { deal: id } = event
    if (event.kind === 'requested') {
      const { request, job } = event
      if (this.#work.get(id) !== undefined) return
      // the list has an end: what pays too little takes no place in it
      const poor = tooPoor(request, this.#init.minFee)
      if (poor !== undefined) this.#leave(id, poor)
      else if (!this.#work.put({ id, request, job })) {
        this.#c.log.warn({ request: id }, 'too many requests are open: this one is left to others')
      }
      return
    }
    if (event.kind === 'callback-failed' || this.#work.get(id) === undefined) return
    // a delivery that a reorg took back is made again by whoever has it in hand
    if (event.kind === 'removed' && event.was !== 'requested') return
    this.#leave(id, `it was ${event.kind}`)
  }

  async #look(board: Board, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const id of this.#work.ids()) {
        if (this.#busy.has(id)) continue
        if (this.#busy.size >= MAX_BUSY && this.#work.get(id)?.taken === undefined) continue
        const step = this.#advance(board, id, signal)
          .catch(error => {
            if (!signal.aborted) this.#c.log.warn({ request: id, error: messageOf(error) }, 'tried again soon')
          })
          .finally(() => this.#busy.delete(id))
        this.#busy.set(id, step)
      }
      await pause(this.#init.pollMs ?? POLL_MS, signal)
    }
  }

  async #advance(board: Board, id: Hex, signal: AbortSignal): Promise<void> {
    const work = this.#work.get(id)
    if (work === undefined) return
    const { createdAt, timeout } = work.request
    const nowSec = await this.#c.settlement.now({ signal })
    if (BigInt(nowSec) > createdAt + timeout) return this.#leave(id, 'its time is over')
    if (work.taken === undefined) return this.#consider(board, work, nowSec, { signal })
    const job = this.#c.creator.find(work.taken.jobId)
    // it stopped between the journal and the submission
    if (job === undefined) return this.#submit(work, { signal })
    if ('replicas' in job) return
    const { state, done } = job.record
    if (PAID.includes(state.end?.kind) && state.end?.toProvider !== 0n)
      return this.#deliver(board, work, state, { signal })
    if (done) this.#leave(id, `its job ended: ${state.phase}`)
  }

  async #consider(board: Board, work: Work, nowSec: number, options: AbortOptions): Promise<void> {
    const { settlement } = this.#c
    const encoded = work.spec ?? (await this.#specOf(work, options))
    if (encoded === undefined) return
    const spec = decodeSpec(encoded)
    const refusal = refusalOf(spec)
    if (refusal !== undefined) return this.#leave(work.id, refusal)
    const seats = (await settlement.court?.seats(options)) ?? []
    const decision = decide(work.id, work.request, spec, seats, this.#init, nowSec)
    if (decision.do === 'leave') return this.#leave(work.id, decision.reason)
    if (decision.do === 'wait' || this.#taken() >= MAX_TAKEN) return
    if (!(await board.isOpen(work.request, options))) return
    const taken = { jobId: jobIdOf(nonceOfRequest(work.id)), seat: decision.turn.seat }
    const mine = { ...(this.#work.get(work.id) ?? work), taken }
    this.#work.put(mine)
    this.#c.log.info({ request: work.id, job: taken.jobId }, 'request of the board taken')
    await this.#submit(mine, options)
  }

  async #submit({ id, request, spec, taken }: Work, options: AbortOptions): Promise<void> {
    if (spec === undefined || taken === undefined) return
    const { creator } = this.#c
    if (creator.find(taken.jobId) !== undefined) return
    const name = `board-${id.slice(2, 10)}`
    await creator.submit(decodeSpec(spec), { name, bid: request.bid, nonce: nonceOfRequest(id) }, options)
  }

  /** The request's own block, or what the network has under its CID. It is kept, so it is fetched once. Undefined when it is left. */
  async #specOf(work: Work, options: AbortOptions): Promise<Uint8Array | undefined> {
    try {
      const spec = await this.#fetched(work.job, options)
      decodeSpec(spec)
      this.#work.put({ ...work, spec })
      return spec
    } catch (error) {
      // who stops now asks again when it starts
      options.signal?.throwIfAborted()
      this.#leave(work.id, `its specification: ${messageOf(error)}`)
      return undefined
    }
  }

  async #fetched(job: Uint8Array, options: AbortOptions): Promise<Uint8Array> {
    const cid = cidOfJob(job)
    if (cid === undefined) return job
    const signal = within(SPEC_TIMEOUT_MS, options.signal)
    return await this.#c.storage.getBlock(CID.decode(cid), { signal, maxBytes: JOB_LIMITS.specBytes })
  }

  async #deliver(board: Board, { id, request, taken }: Work, { attempt }: CreatorState, options: AbortOptions) {
    if (attempt?.delivery === undefined || taken === undefined) return this.#leave(id, 'its job has no result')
    const { result, salt, signature: providerSignature } = attempt.delivery
    const manifest = manifestOf(attempt.delivery)
    const run = runOf(manifest, salt)
    if (run === undefined) return this.#leave(id, 'its job ended in a way that the board does not take')
    await this.#serve(id, attempt.delivery.manifest, options)
    try {
      const delivery = { deal: attempt.deal, result, run, seat: taken.seat, providerSignature }
      const { transaction } = await board.deliver(request, delivery, options)
      this.#c.log.info({ request: id, transaction }, 'result brought to the board')
      this.#work.drop(id)
    } catch (error) {
      if (!(error instanceof DealStateError) || !FINAL.includes(error.contractError)) throw error
      this.#c.log.warn({ request: id, error: messageOf(error) }, 'the board does not take the result')
      this.#work.drop(id)
    }
  }

  /** Whoever is told a CID finds it here: each of them is announced. */
  async #serve(id: Hex, bytes: Uint8Array, options: AbortOptions): Promise<void> {
    const { storage } = this.#c
    const { stdout, outputs, result } = decodeManifest(bytes)
    const cid = cidOf(bytes)
    await storage.putBlock({ cid, bytes }, options)
    for (const named of [stdout, outputs, result, cid])
      await storage.pin(named, `board result ${id}`, { announce: true })
  }

  #taken(): number {
    return this.#work.ids().filter(id => this.#work.get(id)?.taken !== undefined).length
  }

  /** A job that runs for it is asked to end: what is agreed already is paid all the same. */
  #leave(id: Hex, reason: string): void {
    const work = this.#work.get(id)
    this.#work.drop(id)
    this.#c.log.info({ request: id, reason }, 'request of the board left')
    const job = work?.taken && this.#c.creator.find(work.taken.jobId)
    if (work?.taken !== undefined && job !== undefined && !job.record.done) this.#c.creator.cancel(work.taken.jobId)
  }
}
