import type { Stream } from '@libp2p/interface'
import type { CID } from 'multiformats/cid'
import { concat } from 'uint8arrays/concat'
import { UserError } from '../../../protocols/common/errors.ts'
import { endFrame, headerFrame, sectionPrefix } from '../../../protocols/data/car-writer.ts'
import { SendCredit } from '../../../protocols/data/credit.ts'
import { CarViolationError } from '../../../protocols/data/errors.ts'
import { CAR_LIMITS } from '../../../protocols/data/limits.ts'
import { type CarEnd, decodeControl } from '../../../protocols/data/messages.ts'
import { withDeadline, within } from '../../network/deadline.ts'
import { RequestTimeoutError } from '../../network/errors.ts'
import { frames } from '../../network/streams.ts'
import { DagReader, type ReadBlock } from './dag-reader.ts'

/** Small blocks go together: one write of a few bytes costs as much as one of 64 KiB. */
const BATCH_BYTES = 64 * 1024
/** A stream that is opened and says nothing holds a place. */
const FIRST_FRAME_MS = 10_000

export interface CarSenderInit {
  /** the local block. @throws UserError: it is not here */
  read: (cid: CID) => Promise<Uint8Array>
  signal: AbortSignal
  /** a receiver that says nothing for this long, while it could, loses its place */
  stallMs: number
  /** told what the receiver has taken so far, framing included, each time it says so: every MiB at least */
  onTaken?: (root: CID, bytes: number) => void
}

/** Serves one stream until the receiver closes it, or until there is a block that cannot be sent. @throws CarViolationError */
export async function sendCar(stream: Stream, init: CarSenderInit): Promise<void> {
  const sender = new CarSender(stream, init)
  await sender.run()
  // what is unsent would wait for a receiver that does not read
  await stream.close({ signal: within(init.stallMs, init.signal) })
}

class CarSender {
  readonly #stream: Stream
  readonly #init: CarSenderInit
  readonly #control: ReturnType<typeof frames>
  readonly #dag: DagReader
  readonly #credit = new SendCredit()
  #batch: Uint8Array[] = []
  #batchBytes = 0
  #isOver = false
  #wake: () => void = () => undefined
  /** the place is kept until then, `performance.now()` */
  #patientUntil: number
  /** credit at which it was last prolonged */
  #paidBytes = 0

  constructor(stream: Stream, init: CarSenderInit) {
    this.#stream = stream
    this.#init = init
    this.#control = frames(stream, CAR_LIMITS.controlBytes)
    this.#dag = new DagReader(init.read)
    this.#patientUntil = performance.now() + init.stallMs
  }

  async run(): Promise<void> {
    const roots = await this.#open()
    const listening = this.#listen(roots[0])
    const sending = this.#send(roots)
    try {
      await Promise.race([listening, sending])
    } finally {
      this.#isOver = true
      this.#wake()
      // whichever goes on ends with the stream
      listening.catch(() => undefined)
      sending.catch(() => undefined)
    }
  }

  async #open(): Promise<CID[]> {
    const { signal, stallMs } = this.#init
    const patienceMs = Math.min(FIRST_FRAME_MS, stallMs)
    const first = await withDeadline('first frame', patienceMs, signal, deadline => this.#frame(deadline))
    const { want, skip, consumed } = first
    if (want.length === 0 || consumed > 0) throw new CarViolationError('a first frame that asks for nothing')
    this.#dag.order.want(want)
    this.#dag.order.skip(skip)
    return want
  }

  /** Until the receiver has closed its side. */
  async #listen(root: CID | undefined): Promise<void> {
    try {
      while (!this.#isOver) {
        const { want, skip, consumed } = await this.#frame(this.#init.signal)
        const isMore = consumed > this.#credit.consumed
        const isNews = want.length > 0 || isMore
        this.#credit.acknowledge(consumed)
        if (isMore && root !== undefined) this.#init.onTaken?.(root, consumed)
        this.#dag.order.skip(skip)
        this.#dag.order.want(want)
        // a place is paid for with progress: neither words nor a byte now and then keep it
        if (consumed - this.#paidBytes >= CAR_LIMITS.creditBytes) {
          this.#paidBytes = consumed
          this.#patientUntil = performance.now() + this.#init.stallMs
        }
        if (isNews) this.#wake()
      }
    } catch (error) {
      if (!(error instanceof Error && error.name === 'UnexpectedEOFError')) throw error
    }
  }

  async #frame(signal: AbortSignal) {
    const bytes = await this.#control.read({ signal })
    return decodeControl(bytes.subarray())
  }

  async #send(roots: CID[]): Promise<void> {
    this.#append(headerFrame(roots))
    while (!this.#isOver) {
      const block = await this.#next()
      if (this.#isOver) return
      if (block === undefined) await this.#changed()
      else if ('reason' in block) return this.#end(block)
      else await this.#sendBlock(block)
    }
  }

  /** The next block, once what was read before it is on its way; an end, when it cannot be sent. */
  async #next(): Promise<ReadBlock | CarEnd | undefined> {
    const cid = this.#dag.turn
    const next = this.#dag.next()
    if (this.#batchBytes > 0 && !(await isSettled(next))) this.#flush()
    try {
      const block = await next
      return block === undefined && this.#dag.isFull ? { reason: 'limit', cid: null } : block
    } catch (error) {
      if (error instanceof UserError && cid !== undefined) return { reason: 'missing', cid }
      throw error
    }
  }

  async #sendBlock({ cid, bytes }: ReadBlock): Promise<void> {
    const prefix = sectionPrefix(cid, bytes.byteLength)
    const size = prefix.byteLength + bytes.byteLength
    while (!this.#credit.hasRoom(size)) {
      await this.#changed()
      if (this.#isOver) return
    }
    this.#append(prefix)
    this.#append(bytes)
  }

  #end(end: CarEnd): void {
    this.#append(endFrame(end))
    this.#flush()
  }

  #append(bytes: Uint8Array): void {
    this.#credit.send(bytes.byteLength)
    this.#batch.push(bytes)
    this.#batchBytes += bytes.byteLength
    if (this.#batchBytes >= BATCH_BYTES) this.#flush()
  }

  /** No waiting for the stream to drain: the credit bounds what it holds. Large blocks are not copied. */
  #flush(): void {
    const [batch, size] = [this.#batch, this.#batchBytes]
    this.#batch = []
    this.#batchBytes = 0
    if (size === 0 || this.#isOver) return
    if (size < 2 * BATCH_BYTES) this.#stream.send(concat(batch, size))
    else for (const part of batch) this.#stream.send(part)
  }

  /** Until the receiver says something. @throws RequestTimeoutError */
  async #changed(): Promise<void> {
    this.#flush()
    const woken = Promise.withResolvers<void>()
    this.#wake = woken.resolve
    const late = new RequestTimeoutError('credit of the receiver', this.#init.stallMs)
    const timer = setTimeout(() => woken.reject(late), Math.max(0, this.#patientUntil - performance.now()))
    try {
      await woken.promise
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Whether it needs no more waiting than what is at hand already. */
function isSettled(promise: Promise<unknown>): Promise<boolean> {
  return new Promise(resolve => {
    promise.then(
      () => resolve(true),
      () => resolve(true)
    )
    setImmediate(() => resolve(false))
  })
}
