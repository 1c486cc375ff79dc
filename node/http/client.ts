import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { parse } from '../../protocols/common/parse.ts'
import type { AbortOptions } from '../components.ts'
import type { HistoryQuery, JobListQuery, JobQuery, LogChunk, LogQuery } from './api.ts'
import { NodeUnreachableError } from './errors.ts'
import { jobHandle } from './job-handle.ts'
import { fromLogLine } from './log-wire.ts'
import type { NodeClient } from './node-client.ts'
import { resumed } from './retried.ts'
import { type Target, transport } from './transport.ts'
import type {
  BoardRequestBody,
  JoinRequest,
  LogLevelView,
  MemberRequest,
  PublishRequest,
  SubmitRequest,
  VerifyRequest,
  YankRequest
} from './views.ts'

export type { JobHandle, NodeClient } from './node-client.ts'
export { StreamCutError, type Target } from './transport.ts'

/** A node on this host, found by what it wrote into its data directory. */
export interface LocalTarget {
  /** of the node, on this host */
  dataDir?: string
  streams?: Target['streams']
}

function locator(where: Target | LocalTarget): () => Promise<Target> {
  if ('url' in where) return async () => where
  const { env } = process
  const { DCN_NODE: url, DCN_TOKEN: token, DCN_DATA_DIR: dataDir } = env
  const streams = where.streams === undefined ? {} : { streams: where.streams }
  if (where.dataDir === undefined && url && token) return async () => ({ url, token, ...streams })
  const dir = where.dataDir ?? (dataDir || join(homedir(), '.dcn'))
  return async () => ({ ...(await findNode(dir)), ...streams })
}

const apiFile = z.object({ url: z.url().max(2048), token: z.string().min(1).max(256), pid: z.int() })

/**
 * Where the node of a data directory answers, and the token that it takes: what it wrote into `api.json` when it started.
 *
 * @throws NodeUnreachableError when none has written its address there
 * @example
 * ```ts
 * const { url } = await findNode('.data/me')
 * ```
 */
export async function findNode(dataDir: string): Promise<Target> {
  const path = join(dataDir, 'api.json')
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new NodeUnreachableError(
      dataDir,
      cause,
      'start one with dcn-node, or name its data directory with --data-dir'
    )
  }
  return parse(apiFile, content, path)
}

/**
 * A client of a node that runs. Nothing is sent before the first call.
 *
 * Without an address it finds the node of this host, before each request anew: a node that restarts has another port and token.
 *
 * @param where `{ url, token }`, as `findNode` gives it; or `{ dataDir }` of a node on this host
 * @default `DCN_NODE` with `DCN_TOKEN`, else the node of `DCN_DATA_DIR`, else of ~/.dcn
 * @example
 * ```ts
 * const client = connect()
 * console.log((await client.info()).peerId)
 * ```
 */
export function connect(where: Target | LocalTarget = {}): NodeClient {
  const locate = locator(where)
  const { call, stream, bytes } = transport(async () => {
    const found = await locate()
    client.url = found.url
    return found
  })
  const client: NodeClient & { url: string } = {
    url: 'url' in where ? where.url : '',
    async run(body: SubmitRequest, o?: AbortOptions) {
      return jobHandle(client, (await call('submitJob', { body }, o)).id)
    },
    handle: (id: string) => jobHandle(client, id),
    async *watch(o: AbortOptions & { after?: number; job?: string } = {}) {
      let { after } = o
      const open = () => client.events({ ...o, ...(after === undefined ? {} : { after }) })
      for await (const event of resumed(open, o)) {
        after = event.seq
        yield event
      }
    },
    network: (o?: AbortOptions) => call('getNetwork', {}, o),
    invite: (o?: AbortOptions) => call('makeInvite', {}, o),
    takeInvite: (body: JoinRequest, o?: AbortOptions) => call('takeInvite', { body }, o),
    changeMember: (body: MemberRequest, o?: AbortOptions) => call('changeMember', { body }, o),
    info: (o?: AbortOptions) => call('getNode', {}, o),
    status: (o?: AbortOptions) => call('getStatus', {}, o),
    readiness: (o?: AbortOptions) => call('getReadiness', {}, o),
    drain: (o?: AbortOptions) => call('drainNode', {}, o),
    setLogLevel: (level: LogLevelView['level'], o?: AbortOptions) => call('setLogLevel', { body: { level } }, o),
    resume: (o?: AbortOptions) => call('resumeNode', {}, o),
    submit: (body: SubmitRequest, o?: AbortOptions) => call('submitJob', { body }, o),
    jobs: (query: JobQuery = {}, o?: AbortOptions) => call('listJobs', { query }, o),
    jobList: (query: JobListQuery = {}, o?: AbortOptions) => call('summarizeJobs', { query }, o),
    job: (id: string, o?: AbortOptions) => call('getJob', { params: { id } }, o),
    why: (id: string, o?: AbortOptions) => call('explainJob', { params: { id } }, o),
    cancel: (id: string, o?: AbortOptions) => call('cancelJob', { params: { id } }, o),
    results: (id: string, o?: AbortOptions) => call('listResults', { params: { id } }, o),
    openResult: (id: string, path: string, o?: AbortOptions) => bytes('getResultFile', { params: { id, path } }, o),
    async *logs(id: string, o: AbortOptions & LogQuery = {}): AsyncIterable<LogChunk> {
      const query = { from: o.from, follow: o.follow ?? false, replica: o.replica }
      for await (const line of await stream('streamLogs', { params: { id }, query }, o)) yield fromLogLine(line)
    },
    events: (o: AbortOptions & { after?: number; job?: string } = {}) =>
      stream('streamEvents', { query: { after: o.after, job: o.job } }, o),
    pushImage: (name: string, o?: AbortOptions) => stream('pushImage', { body: { name } }, o),
    publishModule: (body: PublishRequest, o?: AbortOptions) => call('publishModule', { body }, o),
    yankModule: (body: YankRequest, o?: AbortOptions) => call('yankModule', { body }, o),
    modules: (query: { search?: string; limit?: number } = {}, o?: AbortOptions) => call('listModules', { query }, o),
    moduleVersions: (name: string, o?: AbortOptions) => call('listModuleVersions', { params: { name } }, o),
    resolveModule: (name: string, o?: AbortOptions) => call('resolveModule', { body: { name } }, o),
    images: (o?: AbortOptions) => call('listImages', {}, o),
    removeImage: async (cid: string, o?: AbortOptions) => void (await call('removeImage', { params: { cid } }, o)),
    accept: (id: string, o?: AbortOptions) => call('acceptJob', { params: { id } }, o),
    dispute: (id: string, reason?: string, o?: AbortOptions) =>
      call('disputeJob', { params: { id }, body: reason === undefined ? {} : { reason } }, o),
    disputeOf: (deal: string, o?: AbortOptions) => call('getDispute', { params: { id: deal } }, o),
    fetchJudged: async (id: string, o?: AbortOptions) => void (await call('fetchJudged', { params: { id } }, o)),
    appeal: (deal: string, o?: AbortOptions) => call('appealDeal', { params: { id: deal } }, o),
    seats: (o?: AbortOptions) => call('listSeats', {}, o),
    mediator: (o?: AbortOptions) => call('getMediator', {}, o),
    takeSeat: (o?: AbortOptions) => call('takeSeat', {}, o),
    leaveSeat: (seat: number, o?: AbortOptions) => call('leaveSeat', { params: { seat } }, o),
    requestOnBoard: (body: BoardRequestBody, o?: AbortOptions) => call('requestOnBoard', { body }, o),
    boardRequests: (query: { limit?: number; mine?: boolean } = {}, o?: AbortOptions) =>
      call('listBoard', { query: { limit: query.limit, mine: query.mine === true ? 'true' : undefined } }, o),
    boardRequest: (id: string, o?: AbortOptions) => call('getBoardRequest', { params: { id } }, o),
    refundBoardRequest: (id: string, o?: AbortOptions) => call('refundBoardRequest', { params: { id } }, o),
    boardCredit: (o?: AbortOptions) => call('getBoardCredit', {}, o),
    withdrawFromBoard: (o?: AbortOptions) => call('withdrawFromBoard', {}, o),
    offers: (o?: AbortOptions) => call('listOffers', {}, o),
    rank: (spec: Record<string, unknown>, o?: AbortOptions) => call('rankSpec', { body: { spec } }, o),
    verifyMatch: (body: VerifyRequest, o?: AbortOptions) => call('verifyMatch', { body }, o),
    deals: (o?: AbortOptions) => call('listDeals', {}, o),
    peers: (o?: AbortOptions) => call('listPeers', {}, o),
    wallet: (o?: AbortOptions) => call('getWallet', {}, o),
    history: (query: Partial<HistoryQuery> = {}, o?: AbortOptions) => call('getHistory', { query }, o),
    deposit: (amount: bigint, o?: AbortOptions) => call('deposit', { body: { amount: amount.toString() } }, o),
    withdraw: (amount: bigint, to: string, o?: AbortOptions) =>
      call('withdraw', { body: { amount: amount.toString(), to } }, o),
    beginUpload: async (o?: AbortOptions) => (await call('beginUpload', {}, o)).id,
    async sendFile(upload: string, path: string, from: string | Blob, o?: AbortOptions): Promise<number> {
      const body = typeof from === 'string' ? await openAsBlob(from) : from
      return (await call('sendFile', { params: { id: upload, path }, body }, o)).sizeBytes
    },
    commitUpload: (upload: string, path?: string, o?: AbortOptions) =>
      call('commitUpload', { params: { id: upload }, body: path === undefined ? {} : { path } }, o),
    stop: async (o?: AbortOptions) => void (await call('stopNode', {}, o))
  }
  return client
}
