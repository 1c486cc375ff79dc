import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { InternalError, messageOf, UserError } from '../../protocols/common/errors.ts'
import { parse } from '../../protocols/common/parse.ts'
import type { AbortOptions } from '../components.ts'
import type { HistoryQuery, JobQuery, LogChunk, LogQuery } from './api.ts'
import { NodeUnreachableError } from './errors.ts'
import { fromLogLine } from './log-wire.ts'
import { fromProblem, problem } from './problems.ts'
import type { Message } from './sse.ts'
import { readMessages } from './sse-reader.ts'
import * as views from './views.ts'

const API_PREFIX = '/api/v1'
/** More than any list of a node: a larger answer does not come from one. */
const ANSWER_MAX_BYTES = 64 * 2 ** 20

const apiFile = z.object({ url: z.url().max(2048), token: z.string().min(1).max(256), pid: z.int() })

export interface Target {
  url: string
  token: string
}

/** Where the node of a data directory answers. @throws NodeUnreachableError when none has written its address there */
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

type Query = Record<string, string | number | boolean | undefined>

/** A node, spoken to over its HTTP API: the calls of NodeApi with the same results and the same errors by name. */
export type NodeClient = ReturnType<typeof connect>

/** @param target as `findNode` gives it */
export function connect(target: Target) {
  const base = `${target.url.replace(/\/+$/, '')}${API_PREFIX}`
  const authorization = `Bearer ${target.token}`

  async function request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response
    try {
      response = await fetch(`${base}${path}`, {
        ...init,
        method,
        headers: { ...init.headers, authorization },
        redirect: 'error'
      })
    } catch (cause) {
      if (init.signal?.aborted === true) throw cause
      throw new NodeUnreachableError(target.url, cause)
    }
    if (response.ok) return response
    throw await refusal(response, target.url)
  }

  async function call<S extends z.ZodType>(
    schema: S,
    method: string,
    path: string,
    body?: unknown,
    options: AbortOptions = {}
  ): Promise<z.output<S>> {
    const init: RequestInit = options.signal === undefined ? {} : { signal: options.signal }
    const withBody =
      body === undefined
        ? init
        : { ...init, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await request(method, path, withBody)
    const text = await readText(response, target.url)
    return parse(schema, JSON.parse(text), `answer of ${path}`)
  }

  async function* messages(response: Response, options: AbortOptions): AsyncIterable<Message> {
    for await (const message of readMessages(response.body, options)) {
      if (message.event === 'error') throw fromProblem(parse(problem, message.data, 'error'))
      if (message.event === 'end') return
      yield message
    }
    if (options.signal?.aborted !== true) throw new StreamCutError(target.url)
  }

  function openStream(path: string, options: AbortOptions, body?: unknown): Promise<Response> {
    const headers = { accept: 'text/event-stream' }
    const sent = { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const init: RequestInit = body === undefined ? { headers } : sent
    if (options.signal !== undefined) init.signal = options.signal
    return request(body === undefined ? 'GET' : 'POST', path, init)
  }

  async function* readPush(response: Response, options: AbortOptions): AsyncIterable<views.PushEvent> {
    for await (const message of messages(response, options)) yield parse(views.pushEvent, message.data, 'push event')
  }

  async function* readEvents(response: Response, options: AbortOptions): AsyncIterable<views.NodeEvent> {
    for await (const message of messages(response, options)) yield parse(views.nodeEvent, message.data, 'event')
  }

  return {
    url: target.url,
    info: (o?: AbortOptions) => call(views.nodeInfo, 'GET', '/node', undefined, o),
    submit: (body: views.SubmitRequest, o?: AbortOptions) => call(views.jobView, 'PUT', '/jobs', body, o),
    jobs: (query: JobQuery = {}, o?: AbortOptions) =>
      call(z.array(views.jobView), 'GET', `/jobs${queryText({ ...query })}`, undefined, o),
    job: (id: string, o?: AbortOptions) => call(views.jobView, 'GET', `/jobs/${encodeURIComponent(id)}`, undefined, o),
    why: (id: string, o?: AbortOptions) =>
      call(views.whyView, 'GET', `/jobs/${encodeURIComponent(id)}/why`, undefined, o),
    cancel: (id: string, o?: AbortOptions) =>
      call(views.jobView, 'DELETE', `/jobs/${encodeURIComponent(id)}`, undefined, o),
    results: (id: string, o?: AbortOptions) =>
      call(z.array(views.resultFile), 'GET', `/jobs/${encodeURIComponent(id)}/results`, undefined, o),
    /** the bytes of a result file as they come */
    async openResult(id: string, path: string, o: AbortOptions = {}): Promise<ReadableStream<Uint8Array>> {
      const encoded = path.split('/').map(encodeURIComponent).join('/')
      const init: RequestInit = o.signal === undefined ? {} : { signal: o.signal }
      const { body } = await request('GET', `/jobs/${encodeURIComponent(id)}/files/${encoded}`, init)
      return body ?? new Blob([]).stream()
    },
    /** output from chunk `from` on; a caller whose stream is cut goes on after the last `seq` it saw */
    async *logs(id: string, o: AbortOptions & LogQuery = {}): AsyncIterable<LogChunk> {
      const query = queryText({ from: o.from, follow: o.follow ?? false, replica: o.replica })
      const response = await openStream(`/jobs/${encodeURIComponent(id)}/logs${query}`, o)
      for await (const message of messages(response, o)) yield fromLogLine(parse(views.logLine, message.data, 'log'))
    },
    /** resolves when the node listens for us: nothing that happens afterwards is missed */
    async events(o: AbortOptions & { after?: number; job?: string } = {}): Promise<AsyncIterable<views.NodeEvent>> {
      return readEvents(await openStream(`/events${queryText({ after: o.after, job: o.job })}`, o), o)
    },
    /** resolves when the node has begun; the last event has the image */
    async pushImage(name: string, o: AbortOptions = {}): Promise<AsyncIterable<views.PushEvent>> {
      return readPush(await openStream('/images', o, { name }), o)
    },
    images: (o?: AbortOptions) => call(z.array(views.sharedImageView), 'GET', '/images', undefined, o),
    removeImage: async (cid: string, o?: AbortOptions) =>
      void (await call(z.object({}), 'DELETE', `/images/${encodeURIComponent(cid)}`, undefined, o)),
    accept: (id: string, o?: AbortOptions) =>
      call(views.jobView, 'POST', `/jobs/${encodeURIComponent(id)}/accept`, {}, o),
    dispute: (id: string, reason?: string, o?: AbortOptions) =>
      call(views.jobView, 'POST', `/jobs/${encodeURIComponent(id)}/dispute`, reason === undefined ? {} : { reason }, o),
    disputeOf: (deal: string, o?: AbortOptions) =>
      call(views.disputeView, 'GET', `/deals/${encodeURIComponent(deal)}/dispute`, undefined, o),
    fetchJudged: async (id: string, o?: AbortOptions) =>
      void (await call(z.object({}), 'POST', `/jobs/${encodeURIComponent(id)}/judged`, {}, o)),
    appeal: (deal: string, o?: AbortOptions) =>
      call(views.receiptView, 'POST', `/deals/${encodeURIComponent(deal)}/appeal`, {}, o),
    seats: (o?: AbortOptions) => call(z.array(views.seatView), 'GET', '/seats', undefined, o),
    mediator: (o?: AbortOptions) => call(views.mediatorView, 'GET', '/mediator', undefined, o),
    takeSeat: (o?: AbortOptions) => call(views.seatView, 'POST', '/seats', {}, o),
    leaveSeat: (seat: number, o?: AbortOptions) => call(views.leftView, 'DELETE', `/seats/${seat}`, undefined, o),
    offers: (o?: AbortOptions) => call(z.array(views.offerView), 'GET', '/offers', undefined, o),
    rank: (spec: Record<string, unknown>, o?: AbortOptions) => call(views.rankView, 'POST', '/rank', { spec }, o),
    verifyMatch: (request: views.VerifyRequest, o?: AbortOptions) =>
      call(views.matchView, 'POST', '/verify-match', request, o),
    deals: (o?: AbortOptions) => call(z.array(views.dealView), 'GET', '/deals', undefined, o),
    peers: (o?: AbortOptions) => call(z.array(views.peerView), 'GET', '/peers', undefined, o),
    wallet: (o?: AbortOptions) => call(views.walletView, 'GET', '/wallet', undefined, o),
    history: (query: Partial<HistoryQuery> = {}, o?: AbortOptions) =>
      call(views.historyView, 'GET', `/wallet/history${queryText({ ...query })}`, undefined, o),
    deposit: (amount: bigint, o?: AbortOptions) =>
      call(views.receiptView, 'POST', '/wallet/deposit', { amount: amount.toString() }, o),
    withdraw: (amount: bigint, to: string, o?: AbortOptions) =>
      call(views.receiptView, 'POST', '/wallet/withdraw', { amount: amount.toString(), to }, o),
    beginUpload: async (o?: AbortOptions) =>
      (await call(z.object({ id: z.string() }), 'POST', '/uploads', undefined, o)).id,
    async sendFile(upload: string, path: string, from: string | Blob, o: AbortOptions = {}): Promise<number> {
      const encoded = path.split('/').map(encodeURIComponent).join('/')
      const init: RequestInit = {
        // a file is read from disk while it is sent
        body: typeof from === 'string' ? await openAsBlob(from) : from,
        headers: { 'content-type': 'application/octet-stream' }
      }
      if (o.signal !== undefined) init.signal = o.signal
      const response = await request('PUT', `/uploads/${upload}/files/${encoded}`, init)
      const answer = parse(z.object({ sizeBytes: z.int() }), await response.json(), 'answer of an upload')
      return answer.sizeBytes
    },
    commitUpload: (upload: string, path?: string, o?: AbortOptions) =>
      call(views.imported, 'POST', `/uploads/${upload}/commit`, path === undefined ? {} : { path }, o),
    stop: async (o?: AbortOptions) => void (await call(z.object({ stopping: z.boolean() }), 'POST', '/stop', {}, o))
  }
}

/** A stream ended without having said so: the node stopped or the connection broke. */
export class StreamCutError extends UserError {
  constructor(url: string) {
    super('StreamCutError', `the stream from ${url} broke off`, {
      field: 'stream',
      value: url,
      remedy: 'connect again; nothing is lost'
    })
  }
}

async function refusal(response: Response, url: string): Promise<Error> {
  const text = await readText(response, url)
  try {
    return fromProblem(parse(problem, JSON.parse(text), 'problem'))
  } catch (cause) {
    return new NodeUnreachableError(`${url} (answer ${response.status}: ${messageOf(cause)})`, cause)
  }
}

async function readText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > ANSWER_MAX_BYTES)
      throw new InternalError(`the answer of ${url} is larger than ${ANSWER_MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, v]) => v !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([k, v]): [string, string] => [k, String(v)]))}`
}
