import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { zeroAddress } from 'viem'
import { refusalOf } from '../../protocols/board/decide.ts'
import { BLOCK_MAX_BYTES, BOARD_OUTCOMES } from '../../protocols/board/delivery.ts'
import { turnsOf } from '../../protocols/board/rendezvous.ts'
import { InvalidInputError, UserError } from '../../protocols/common/errors.ts'
import { type Address, fromHex, type Hex } from '../../protocols/common/values.ts'
import { encodeSpec } from '../../protocols/job/encode-spec.ts'
import type { Seat } from '../../protocols/mediation/types.ts'
import type { AbortOptions } from '../components.ts'
import type { Config } from '../config/schema.ts'
import type { NodeApi } from '../http/api.ts'
import type { BoardRequestBody, BoardRequestView } from '../http/views.ts'
import type { Images } from '../images/images.ts'
import { inputsOf } from '../roles/creator/submission.ts'
import type { Board, BoardEntry } from '../settlement/board.ts'
import { DealStateError } from '../settlement/errors.ts'
import type { Settlement } from '../settlement/settlement.ts'
import type { Storage } from '../storage/storage.ts'
import { toSpec } from './submit.ts'

export interface BoardApiComponents {
  settlement: Settlement
  storage: Storage
  config: Config
  images: Images
}

type BoardApi = Pick<
  NodeApi,
  'requestOnBoard' | 'boardRequests' | 'boardRequest' | 'refundBoardRequest' | 'boardCredit' | 'withdrawFromBoard'
>

const DEFAULTS = { turnSec: 60, timeoutSec: 3600, callbackGas: 200_000 } as const
const LISTED = 50
const TURNS_SHOWN = 8
const DAG_CBOR = 0x71
const SHA2_256 = 0x12
/** Requests of one account looked through for a free lane. */
const MAX_LANES = 500

/** The calls of NodeApi about jobs that are asked for on chain. */
export function boardApi(c: BoardApiComponents): BoardApi {
  const { settlement } = c
  const board = (): Board => {
    if (settlement.board !== undefined) return settlement.board
    throw new UserError('NoBoardError', 'this network has no job board', {
      field: 'network',
      remedy: 'use a network whose contracts include one: "dcn network deploy" of this version puts it there'
    })
  }
  const seats = async (options?: AbortOptions): Promise<Seat[]> => (await settlement.court?.seats(options)) ?? []
  const found = async (id: string, options?: AbortOptions): Promise<BoardEntry> => {
    const on = board()
    const entry = /^0x[0-9a-f]{8,64}$/.test(id) ? await on.find(id as Hex, options) : undefined
    if (entry !== undefined) return entry
    throw new UserError('RequestNotFoundError', `the board has no request ${id}`, {
      field: 'id',
      value: id,
      limit: '0x and at least 8 digits of its id',
      remedy: 'list them with "dcn board list"'
    })
  }
  const viewer = async (options?: AbortOptions) => {
    const [all, nowSec] = await Promise.all([seats(options), settlement.now(options)])
    return (entry: BoardEntry) => boardView(entry, all, settlement.account, nowSec)
  }
  return {
    async requestOnBoard(body, options = {}) {
      const on = board()
      const { job, inputs } = await jobOf(c, body, options)
      const order = await orderOf(on, body, (await seats(options)).length, settlement.account, options)
      // before it is paid for: agents fetch from here what the request names
      for (const cid of inputs) await c.storage.pin(cid, `board request of ${cid}`, { announce: true })
      const { id, receipt } = await on.request(order, job, options)
      return { ...(await viewer(options))(await found(id, options)), transaction: receipt.transaction }
    },
    async boardRequests({ limit = LISTED, mine }, options) {
      const query = { limit, ...(mine ? { requester: settlement.account } : {}) }
      const [entries, view] = await Promise.all([board().list(query, options), viewer(options)])
      return entries.map(view)
    },
    boardRequest: async (id, options) => (await viewer(options))(await found(id, options)),
    async refundBoardRequest(id, options) {
      const entry = await found(id, options)
      checkTimeIsOver(entry, await settlement.now(options))
      const { transaction } = await board().refund(entry.request, options)
      return { transaction }
    },
    async boardCredit(options) {
      const { account } = settlement
      return { account, credit: (await board().creditOf(account, options)).toString() }
    },
    async withdrawFromBoard(options) {
      const { transaction } = await board().withdraw(settlement.account, options)
      return { transaction }
    }
  }
}

/** Said here: the contract knows the seconds alone, and nobody tries this again by itself. @throws DealStateError */
export function checkTimeIsOver({ id, state, request }: Pick<BoardEntry, 'id' | 'state' | 'request'>, nowSec: number) {
  const deadlineSec = Number(request.createdAt + request.timeout)
  if (state !== 'open' || nowSec > deadlineSec) return
  const from = `${new Date((deadlineSec + 1) * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  throw new DealStateError(
    'TooEarly',
    `its time is not over: request ${id.slice(0, 10)} can be cancelled from ${from}`,
    {
      field: 'id',
      value: id,
      limit: from,
      remedy: `cancel it from then on, or wait for an agent: dcn board watch ${id.slice(0, 10)}`
    }
  )
}

/** The specification as it is asked for: itself where it is small, else its CID, which this node then serves. */
async function jobOf({ config, images, storage }: BoardApiComponents, body: BoardRequestBody, options: AbortOptions) {
  const spec = await toSpec(body.spec, config, images)
  const refusal = refusalOf(spec)
  if (refusal !== undefined) {
    throw new InvalidInputError(`the board cannot deliver this job: ${refusal}`, {
      field: 'spec',
      value: refusal,
      remedy: 'see "A request" in docs/board.md'
    })
  }
  const block = encodeSpec(spec)
  const inputs = inputsOf(spec)
  if (block.bytes.byteLength <= BLOCK_MAX_BYTES) return { job: block.bytes, inputs }
  await storage.putBlock(block, options)
  return { job: block.cid.bytes, inputs: [...inputs, block.cid] }
}

async function orderOf(board: Board, body: BoardRequestBody, seats: number, account: Address, options: AbortOptions) {
  const callback = (body.callback?.toLowerCase() ?? zeroAddress) as Address
  const gas = callback === zeroAddress ? 0 : (body.callbackGas ?? DEFAULTS.callbackGas)
  return {
    bid: BigInt(body.bid),
    fee: BigInt(body.fee),
    callback,
    callbackGas: BigInt(gas),
    turn: BigInt(body.turnSec ?? DEFAULTS.turnSec),
    turns: BigInt(body.turns ?? Math.max(seats, 1)),
    timeout: BigInt(body.timeoutSec ?? DEFAULTS.timeoutSec),
    lane: body.lane === undefined ? await freeLane(board, account, options) : BigInt(body.lane)
  }
}

/** The lowest lane of this account that has no open request. */
async function freeLane(board: Board, requester: Address, options: AbortOptions): Promise<bigint> {
  const mine = await board.list({ requester, limit: MAX_LANES }, options)
  const busy = new Set(mine.filter(entry => entry.state === 'open').map(entry => entry.request.lane))
  let lane = 0n
  while (busy.has(lane)) lane += 1n
  return lane
}

function boardView(entry: BoardEntry, seats: readonly Seat[], account: Address, nowSec: number): BoardRequestView {
  const { id, request, state, delivered, callbackFailed } = entry
  const deadlineSec = Number(request.createdAt + request.timeout)
  const turns = turnsOf(id, request, seats).slice(0, TURNS_SHOWN)
  return {
    ...{ id, state, callbackFailed },
    expired: state === 'open' && nowSec > deadlineSec,
    mine: request.requester === account,
    requester: request.requester,
    spec: cidText(request.spec),
    bid: request.bid.toString(),
    fee: request.fee.toString(),
    lane: request.lane.toString().slice(0, 39),
    ...(request.callback === zeroAddress ? {} : { callback: request.callback }),
    callbackGas: Number(request.callbackGas),
    createdAt: Number(request.createdAt) * 1000,
    deadlineAt: deadlineSec * 1000,
    turns: turns.map(({ seat, owner, actsFromSec }) => ({ seat, owner, from: actsFromSec * 1000 })),
    ...(delivered === undefined ? {} : { result: resultView(delivered) })
  }
}

const NO_EXIT = 256

function resultView({ agent, deal, charge, exitCode, manifest, digest }: NonNullable<BoardEntry['delivered']>) {
  return {
    ...{ agent, deal, digest },
    charge: charge.toString(),
    outcome: BOARD_OUTCOMES[exitCode < NO_EXIT ? 0 : exitCode - NO_EXIT] ?? 'exited',
    ...(exitCode < NO_EXIT ? { exitCode } : {}),
    manifest: cidText(manifest)
  }
}

const cidText = (digest: Hex): string => CID.createV1(DAG_CBOR, Digest.create(SHA2_256, fromHex(digest))).toString()
