import { randomUUID } from 'node:crypto'
import { encodeFunctionData, type TransactionReceipt, toHex } from 'viem'
import type { BoardOrder, BoardRequest } from '../../../protocols/board/types.ts'
import type { Address, Hex } from '../../../protocols/common/values.ts'
import type { AbortOptions } from '../../components.ts'
import type { Board, BoardEntry, BoardEvent, Delivery } from '../board.ts'
import { DealStateError, EndpointLieError } from '../errors.ts'
import type { EventOptions, Receipt } from '../settlement.ts'
import { lower, type TypedDataSigner, toChainDeal } from '../typed-data.ts'
import { Serial } from './async.ts'
import { boardEntry, boardHistory } from './board-history.ts'
import { type BoardFact, boardEmitter, requestId } from './board-logs.ts'
import { readLane } from './board-reads.ts'
import type { CourtHost } from './court.ts'
import { watchEvents } from './events.ts'
import { jobBoardAbi } from './generated/job-board.ts'
import { allowed, type Proof } from './receipt-check.ts'
import { checkWallet, erc20Abi, signPermit } from './tokens.ts'
import { decodeLogs, type Emitter, type Place } from './topics.ts'

/** What the board needs of the settlement that it belongs to. */
export interface BoardHost extends Pick<CourtHost, 'chain' | 'startBlock' | 'account' | 'send' | 'check' | 'ask'> {
  chainId: number
  token: Address
  signer: TypedDataSigner
  watching(consumer: string, signal?: AbortSignal): ReturnType<CourtHost['watching']>
}

/** Digits of a whole id with its 0x; fewer are the beginning of one. */
const ID_LENGTH = 66

export class EvmBoard implements Board {
  readonly address: Address
  readonly #host: BoardHost
  readonly #emitter: Emitter<BoardFact>
  /** two permits with one nonce would void each other */
  readonly #requests = new Serial()

  constructor(address: Address, host: BoardHost) {
    this.address = address
    this.#host = host
    this.#emitter = boardEmitter(address)
  }

  request(order: BoardOrder, job: Uint8Array, options: AbortOptions = {}): Promise<{ id: Hex; receipt: Receipt }> {
    return this.#requests.run(async () => {
      options.signal?.throwIfAborted()
      const key = `board-request:${randomUUID()}`
      const data = await this.#requestData(key, order, toHex(job), options)
      const mined = await this.#host.send(key, data, options, this.address)
      const event = decodeLogs([this.#emitter], mined.logs).find(({ kind }) => kind === 'requested')
      if (event === undefined) {
        throw new EndpointLieError('a receipt says that nothing was requested', { value: mined.transactionHash })
      }
      return { id: event.deal, receipt: await this.#shown(key, mined, event.deal, 'requested', options) }
    })
  }

  async deliver(request: BoardRequest, delivery: Delivery, options: AbortOptions = {}): Promise<Receipt> {
    const { deal, result, run, seat, providerSignature } = delivery
    const id = requestId(request)
    const args = [request, { deal: toChainDeal(deal), result, run, seat: BigInt(seat) }, providerSignature] as const
    const data = encodeFunctionData({ abi: jobBoardAbi, functionName: 'deliver', args })
    return this.#end(`board-deliver:${id}`, id, 'delivered', data, options)
  }

  refund(request: BoardRequest, options: AbortOptions = {}): Promise<Receipt> {
    const id = requestId(request)
    const data = encodeFunctionData({ abi: jobBoardAbi, functionName: 'refund', args: [request] })
    return this.#end(`board-refund:${id}`, id, 'refunded', data, options)
  }

  async withdraw(account: Address, options: AbortOptions = {}): Promise<Receipt> {
    const key = `board-withdraw:${randomUUID()}`
    const data = encodeFunctionData({ abi: jobBoardAbi, functionName: 'withdraw', args: [account] })
    const mined = await this.#host.send(key, data, options, this.address)
    const paid: Proof = async client => {
      const receipt = await client.getTransactionReceipt({ hash: mined.transactionHash })
      return receipt.logs.some(log => lower(log.address) === this.address)
    }
    return this.#host.check(key, mined, paid, options)
  }

  creditOf(account: Address, { signal }: AbortOptions = {}): Promise<bigint> {
    const at = { address: this.address, abi: jobBoardAbi, functionName: 'creditOf' } as const
    return this.#host.ask(this.#host.chain.client.readContract({ ...at, args: [account] }), signal)
  }

  async isOpen(request: BoardRequest, { signal }: AbortOptions = {}): Promise<boolean> {
    const { chain, ask } = this.#host
    if ((await ask(readLane(chain.client, this.address, request), signal)) !== 'open') return false
    // a lane may be in use again, by another request
    const entry = await this.find(requestId(request), signal === undefined ? {} : { signal })
    return entry?.state === 'open'
  }

  async find(id: Hex, { signal }: AbortOptions = {}): Promise<BoardEntry | undefined> {
    const { chain, startBlock, ask } = this.#host
    const at = [chain.anyone, this.#emitter, startBlock] as const
    if (id.length === ID_LENGTH) return await ask(boardEntry(...at, id), signal)
    const [found] = await ask(boardHistory(...at, { limit: 1, wanted: ({ deal }) => deal.startsWith(id) }), signal)
    return found
  }

  list({ requester, limit }: { requester?: Address; limit: number }, { signal }: AbortOptions = {}) {
    const { chain, startBlock, ask } = this.#host
    const wanted = ({ request }: { request: BoardRequest }) =>
      requester === undefined || request.requester === requester
    return ask(boardHistory(chain.anyone, this.#emitter, startBlock, { limit, wanted }), signal)
  }

  async *events({ signal, consumer = 'default' }: EventOptions = {}): AsyncIterable<BoardEvent> {
    const { init, ended } = this.#host.watching(consumer, signal)
    for await (const seen of watchEvents(init, { emitters: [this.#emitter] }, ended)) {
      if ('event' in seen) yield plain(seen.event)
      else yield { ...seen.gone, kind: 'removed', was: seen.gone.kind }
    }
  }

  /** By one permit where the token has it, else by an allowance of exactly the amount. */
  async #requestData(key: string, order: BoardOrder, job: Hex, options: AbortOptions): Promise<Hex> {
    const { chain, chainId, token, signer, account, ask, send, check } = this.#host
    const amount = order.bid + order.fee
    const plan = { client: chain.client, signer, chainId, token, amount }
    await ask(checkWallet(plan), options.signal)
    const permit = await ask(signPermit({ ...plan, spender: this.address }), options.signal)
    if (permit !== undefined) {
      const args = [order, job, ...permit] as const
      return encodeFunctionData({ abi: jobBoardAbi, functionName: 'requestWithPermit', args })
    }
    const approve = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [this.address, amount] })
    const mined = await send(`${key}:approve`, approve, options, token)
    await check(`${key}:approve`, mined, allowed(token, account, this.address, amount), options)
    return encodeFunctionData({ abi: jobBoardAbi, functionName: 'request', args: [order, job] })
  }

  /** Sends a call that ends a request; when the board says that it is over, asks whether this very end was its end. */
  async #end(key: string, id: Hex, kind: 'delivered' | 'refunded', data: Hex, options: AbortOptions): Promise<Receipt> {
    let mined: TransactionReceipt
    try {
      mined = await this.#host.send(key, data, options, this.address)
    } catch (error) {
      if (!(error instanceof DealStateError) || error.contractError !== 'WrongRequestState') throw error
      if ((await this.find(id, options))?.state !== kind) throw error
      return { transaction: `0x${'00'.repeat(32)}`, gasUsed: 0n }
    }
    return this.#shown(key, mined, id, kind, options)
  }

  /** The event of this very transaction lies in its block, by another look at the chain. */
  #shown(key: string, mined: TransactionReceipt, id: Hex, kind: BoardFact['kind'], options: AbortOptions) {
    const proof: Proof = async (client, { blockHash }) => {
      const logs = await client.getLogs({ address: this.address, events: this.#emitter.events, blockHash })
      return decodeLogs([this.#emitter], logs).some(event => event.deal === id && event.kind === kind)
    }
    return this.#host.check(key, mined, proof, options)
  }
}

function plain({ blockHash: _hash, logId: _id, ...event }: BoardFact & Place): BoardEvent {
  return event
}
