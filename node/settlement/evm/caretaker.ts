import type { TransactionReceipt } from 'viem'
import { messageOf } from '../../../protocols/common/errors.ts'
import { hashAt } from './agreement.ts'
import { delay } from './async.ts'
import { type Attempts, receiptOf } from './attempts.ts'
import type { Source } from './client.ts'
import { AT_ONCE, type Pending, type PendingList } from './pending.ts'
import type { SenderInit } from './sender.ts'

export interface CaretakerHooks {
  /** a transaction is in a block; called again when a reorg moved it */
  onMined(nonce: number, receipt: TransactionReceipt): void
  /** another transaction has the nonce for good */
  onReplaced(entry: Pending): void
  /** nothing has this nonce, and what comes after it waits */
  onGap(nonce: number): Promise<void>
}

/** A mined transaction is looked after until this deep: a reorg that reaches further has not been seen on any chain in use. */
const KEEP_BLOCKS = 16
/** Ticks in a row that must see a foreign transaction at our nonce: the first may be a lagging node's view. */
const REPLACED_TICKS = 3
/** Chain nodes without an archive know older states no more. */
const STATE_BLOCKS = 64
/** A node may forget its pool when it restarts. */
const REBROADCAST_SHARE = 3
/** Where everything is mined, a look now and then is enough. */
const QUIET_FACTOR = 10

interface Tip {
  number: bigint
  hash: string
}

/** Looks after signed transactions until they are deep in the chain: sends again, reprices, notices what happened to them. */
export class Caretaker {
  readonly #init: SenderInit
  readonly #pending: PendingList
  readonly #attempts: Attempts
  readonly #hooks: CaretakerHooks
  readonly #mined = new Map<number, TransactionReceipt>()
  readonly #foreign = new Map<number, number>()
  #gapSinceMs: number | undefined
  #lastTip = ''
  #loop: Promise<void> | undefined
  #rest = new AbortController()

  constructor(init: SenderInit, pending: PendingList, attempts: Attempts, hooks: CaretakerHooks) {
    this.#init = init
    this.#pending = pending
    this.#attempts = attempts
    this.#hooks = hooks
  }

  /** The receipt of a transaction that is in a block, as far as was seen. */
  receipt(nonce: number): TransactionReceipt | undefined {
    return this.#mined.get(nonce)
  }

  /** how many transactions wait for a block */
  get waiting(): number {
    return this.#pending.size - this.#mined.size
  }

  /** One loop looks after everything under way, and ends when nothing is. */
  watch(stopped: AbortSignal): void {
    this.#rest.abort()
    if (this.#loop !== undefined || stopped.aborted || this.#pending.size === 0) return
    this.#loop = this.#watching(stopped).finally(() => {
      this.#loop = undefined
      // something may have been placed after the last look
      this.watch(stopped)
    })
  }

  /** Resolves when the loop has ended. */
  async stop(): Promise<void> {
    this.#rest.abort()
    await this.#loop
    this.#mined.clear()
    this.#foreign.clear()
    this.#gapSinceMs = undefined
    this.#lastTip = ''
  }

  async #watching(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted && this.#pending.size > 0) {
      this.#rest = new AbortController()
      try {
        await this.#tick(stopped)
      } catch (error) {
        this.#init.logger.warn({ error: messageOf(error) }, 'transactions cannot be looked after')
      }
      if (this.#pending.size === 0) return
      const pauseMs = this.waiting === 0 ? this.#init.pollMs * QUIET_FACTOR : this.#init.pollMs
      await delay(pauseMs, AbortSignal.any([stopped, this.#rest.signal]))
    }
  }

  async #tick(stopped: AbortSignal): Promise<void> {
    const { client, signer } = this.#init
    const [tip, count] = await Promise.all([
      client.getBlock(),
      client.getTransactionCount({ address: signer.address, blockTag: 'latest' })
    ])
    const look = (entries: readonly Pending[]) =>
      Promise.all(entries.map(entry => stopped.aborted || this.#look(entry, tip, count)))
    // before what is mined already: each block of that costs a question, and for these somebody waits
    const waiting = this.#unmined()
    try {
      await look(waiting)
    } finally {
      // what cannot be asked about one of them must not hide that others left the chain
      if (tip.hash !== this.#lastTip) await this.#recheckMined(tip)
      this.#lastTip = tip.hash
    }
    // looked for in another block, and sent again, in this very tick
    const dropped = this.#unmined().filter(entry => !waiting.includes(entry))
    await look(dropped)
    await this.#mindGap(
      [...dropped, ...waiting].sort((a, b) => a.nonce - b.nonce),
      count
    )
  }

  #unmined(): Pending[] {
    return this.#pending.all().filter(({ nonce }) => !this.#mined.has(nonce))
  }

  async #look(entry: Pending, tip: Tip, count: number): Promise<void> {
    const receipt = await this.#attempts.receiptOf(entry)
    if (receipt !== undefined) return this.#onMined(entry, receipt)
    if (count > entry.nonce) return this.#onForeign(entry, tip)
    this.#foreign.delete(entry.nonce)
    const { nowMs, repriceAfterMs } = this.#init
    if (nowMs() - entry.pricedAtMs >= repriceAfterMs) return this.#attempts.reprice(entry)
    if (nowMs() - entry.broadcastAtMs >= repriceAfterMs / REBROADCAST_SHARE) await this.#attempts.offer(entry)
  }

  #onMined({ nonce, key }: Pending, receipt: TransactionReceipt): void {
    const { transactionHash: hash, status } = receipt
    this.#mined.set(nonce, receipt)
    this.#foreign.delete(nonce)
    this.#init.logger.info({ key, nonce, hash, status }, 'transaction mined')
    this.#hooks.onMined(nonce, receipt)
  }

  /** After a new block: which mined transactions are still in the chain, and which are deep enough to be forgotten. */
  async #recheckMined(tip: Tip): Promise<void> {
    const hashes = new Map<bigint, Promise<string | undefined>>()
    for (const entry of this.#pending.all()) {
      const receipt = this.#mined.get(entry.nonce)
      // an endpoint that has not come so far says nothing about it
      if (receipt === undefined || receipt.blockNumber > tip.number) continue
      const { blockNumber, blockHash } = receipt
      const hash = hashes.get(blockNumber) ?? hashAt(this.#init.client, blockNumber)
      hashes.set(blockNumber, hash)
      if ((await hash) !== blockHash) this.#onDropped(entry)
      else if (tip.number - blockNumber >= this.#keptBlocks) await this.#forget(entry, receipt)
    }
  }

  get #keptBlocks(): bigint {
    return BigInt(Math.max(this.#init.confirmations, KEEP_BLOCKS))
  }

  #onDropped(entry: Pending): void {
    const { key, nonce } = entry
    this.#mined.delete(nonce)
    entry.broadcastAtMs = AT_ONCE
    this.#init.logger.info({ key, nonce }, 'transaction left the chain, sent again')
  }

  /** With several endpoints a second one has to know the receipt, or the transaction goes on being offered. */
  async #forget(entry: Pending, receipt: TransactionReceipt): Promise<void> {
    const [, ...others] = await this.#init.sources()
    const second = await firstAnswer(others, receipt)
    if (second !== undefined && second.blockHash !== receipt.blockHash) {
      const { key, nonce } = entry
      this.#init.logger.warn({ key, nonce, rpc: second.label }, 'a second RPC endpoint does not know the receipt')
      await this.#attempts.offer(entry)
      return
    }
    this.#mined.delete(entry.nonce)
    this.#pending.remove(entry.nonce)
  }

  async #onForeign(entry: Pending, tip: Tip): Promise<void> {
    const ticks = (this.#foreign.get(entry.nonce) ?? 0) + 1
    this.#foreign.set(entry.nonce, ticks)
    if (ticks < REPLACED_TICKS || !(await this.#isReplaced(entry, tip))) return
    this.#foreign.delete(entry.nonce)
    this.#pending.remove(entry.nonce)
    this.#hooks.onReplaced(entry)
  }

  /** Whether the nonce is used as deep as counts, and no endpoint knows a receipt of ours. */
  async #isReplaced(entry: Pending, tip: Tip): Promise<boolean> {
    const { client, signer, confirmations, sources } = this.#init
    const depth = BigInt(Math.min(confirmations - 1, STATE_BLOCKS))
    const blockNumber = tip.number > depth ? tip.number - depth : 0n
    const count = await client.getTransactionCount({ address: signer.address, blockNumber })
    if (count <= entry.nonce) return false
    for (const source of await sources()) {
      if ((await this.#attempts.receiptOf(entry, source.client)) !== undefined) return false
    }
    return true
  }

  /** A foreign transaction that took the nonce before ours may have vanished: nothing after it would ever be mined. */
  async #mindGap([first]: readonly Pending[], count: number): Promise<void> {
    const { nowMs, repriceAfterMs, client, signer } = this.#init
    if (first === undefined || this.#mined.has(first.nonce) || count >= first.nonce) {
      this.#gapSinceMs = undefined
      return
    }
    this.#gapSinceMs ??= nowMs()
    if (nowMs() - this.#gapSinceMs < repriceAfterMs) return
    const inPool = await client.getTransactionCount({ address: signer.address, blockTag: 'pending' })
    if (inPool < first.nonce) await this.#hooks.onGap(inPool)
    this.#gapSinceMs = nowMs()
  }
}

/** What the first other endpoint that answers knows of a receipt; undefined when none answers. */
async function firstAnswer(
  others: readonly Source[],
  { transactionHash: hash }: TransactionReceipt
): Promise<{ label: string; blockHash: string | undefined } | undefined> {
  for (const { client, label } of others) {
    try {
      return { label, blockHash: (await receiptOf(client, hash))?.blockHash }
    } catch {
      // the next one
    }
  }
  return undefined
}
