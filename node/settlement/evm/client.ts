import { InvalidInputError } from '../../../protocols/common/errors.ts'
import type { Hex } from '../../../protocols/common/values.ts'
import type { SettlementLogger } from '../settlement.ts'
import { type ChainClient, clientOf, type Identity, MAX_RANGE_BLOCKS, type Source } from './rpc/endpoint.ts'
import { EndpointPool } from './rpc/pool.ts'

export type { ChainClient, Source }

export interface RpcInit {
  /** HTTP(S) JSON-RPC endpoints of one chain, the preferred one first */
  rpcUrls: readonly string[]
  chainId: number
  /** @default 10_000 */
  requestTimeoutMs?: number
}

export interface ChainInit extends RpcInit {
  /** the block of the escrow: an endpoint that has not come so far is of no use */
  startBlock: bigint
  /** a chain for development: its clock may be moved. @default false */
  dev?: boolean
  /** how often every endpoint shows again who it is. @default 30_000 for several, 300_000 for one */
  recheckMs?: number
  nowMs?: () => number
  logger: SettlementLogger
}

/** One chain, behind as many endpoints as are configured. */
export interface Chain {
  /** asks the first endpoint that serves; the others when it fails */
  readonly client: ChainClient
  /** the same as a source, where it does not matter who answers */
  readonly anyone: Source
  /**
   * Has the endpoints show who they are, and gives the hash of the chain's first block.
   *
   * @param genesis the one that is known from before
   * @throws WrongChainError, SettlementUnreachableError, EndpointsDisagreeError
   */
  start(genesis?: Hex): Promise<Hex | undefined>
  /** The endpoints that serve, the preferred first. @throws WrongChainError, SettlementUnreachableError */
  sources(): Promise<Source[]>
}

const DEFAULT_REQUEST_TIMEOUT_MS = 10_000
const RECHECK_MS = { one: 300_000, several: 30_000 }
const MAX_URLS = 8
const SILENT: SettlementLogger = { debug: () => {}, info: () => {}, warn: () => {} }

/** The endpoints of the chain that a network settles on. Nothing is asked before `start`. */
export function openChain(init: ChainInit): Chain {
  const { chainId, startBlock } = init
  const identity: Identity = { chainId, startBlock, genesis: undefined }
  const pool = poolOf(init, { identity, ...init })
  const client = clientOf(chainId, call => pool.request(call))
  return {
    client,
    anyone: { label: 'the RPC endpoints', client, logBlocks: MAX_RANGE_BLOCKS },
    sources: () => pool.sources(),
    async start(genesis) {
      identity.genesis = genesis
      return pool.start()
    }
  }
}

/** A client for a few questions to whatever chain the endpoints serve. `chainId` is what is signed for, and not checked. */
export function connect(init: RpcInit): ChainClient {
  const pool = poolOf(init, { logger: SILENT })
  return clientOf(init.chainId, call => pool.request(call))
}

function poolOf(
  { rpcUrls, chainId, requestTimeoutMs }: RpcInit,
  rest: { logger: SettlementLogger; identity?: Identity; dev?: boolean; recheckMs?: number; nowMs?: () => number }
): EndpointPool {
  if (rpcUrls.length === 0 || rpcUrls.length > MAX_URLS) {
    throw new InvalidInputError('wrong number of RPC addresses', {
      field: 'rpcUrls',
      value: rpcUrls.length,
      limit: `1 to ${MAX_URLS}`,
      remedy: 'give at least one, and the best ones'
    })
  }
  return new EndpointPool({
    urls: rpcUrls,
    chainId,
    identity: rest.identity,
    timeoutMs: requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    // whoever only asks a few questions does not judge the clock of the chain
    dev: rest.dev ?? rest.identity === undefined,
    recheckMs: rest.recheckMs ?? (rpcUrls.length > 1 ? RECHECK_MS.several : RECHECK_MS.one),
    nowMs: rest.nowMs ?? Date.now,
    logger: rest.logger
  })
}
