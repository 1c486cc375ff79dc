import { UserError } from '../../protocols/common/errors.ts'
import type { Hex } from '../../protocols/common/values.ts'
import {
  DEAL_LIMITS,
  DEAL_PROTOCOL,
  decodeRequest,
  encodeReply,
  type Reply,
  type Request
} from '../../protocols/deal/messages.ts'
import { LOG_LIMITS } from '../../protocols/logs/chain.ts'
import {
  decodeLogsRequest,
  encodeLogsReply,
  LOGS_PROTOCOL,
  LOGS_REQUEST_MAX_BYTES
} from '../../protocols/logs/messages.ts'
import type { AbortOptions, Messenger } from '../components.ts'
import type { LogStore } from './log-store.ts'

type OnRequest = (request: Request, peer: string, options: AbortOptions) => Promise<Reply | undefined>

/** A proposal costs several signature checks and a disk write: this many per second from one peer are answered. */
const PROPOSALS_PER_SECOND = 50
/** A reader asks again as soon as it has read: fast output comes in many small replies. */
const LOG_REQUESTS_PER_SECOND = 200
const HANDLE_TIMEOUT_MS = 10_000

/** Serves `/dcn/deal/1.0.0`: each role answers what is meant for it. */
export async function serveDeals(messenger: Messenger, roles: OnRequest[]): Promise<void> {
  const limits = {
    maxRequestBytes: DEAL_LIMITS.requestBytes,
    timeoutMs: HANDLE_TIMEOUT_MS,
    perPeerPerSecond: PROPOSALS_PER_SECOND
  }
  await messenger.handle(DEAL_PROTOCOL, limits, async (bytes, peer, options) => {
    const request = decodeRequest(bytes)
    for (const onRequest of roles) {
      const reply = await onRequest(request, peer, options)
      if (reply !== undefined) return encodeReply(reply)
    }
    throw new UserError('NotMyRoleError', `this node does not take "${request.type}" messages`)
  })
}

/** Serves `/dcn/logs/1.0.0` to the creator of each deal. */
export async function serveLogs(
  messenger: Messenger,
  logOf: (deal: Hex, peer: string) => LogStore | undefined
): Promise<void> {
  const limits = {
    maxRequestBytes: LOGS_REQUEST_MAX_BYTES,
    timeoutMs: LOG_LIMITS.waitMs + HANDLE_TIMEOUT_MS,
    perPeerPerSecond: LOG_REQUESTS_PER_SECOND
  }
  await messenger.handle(LOGS_PROTOCOL, limits, async (bytes, peer) => {
    const { deal, from, waitMs } = decodeLogsRequest(bytes)
    const log = logOf(deal, peer)
    if (log === undefined) return encodeLogsReply({ chunks: [], done: true })
    await log.wait(from, waitMs)
    const chunks = log.read(from)
    return encodeLogsReply({ chunks, done: (log.ended || log.closed) && from + chunks.length >= log.count })
  })
}
