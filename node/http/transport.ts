import { z } from 'zod'
import { InternalError, messageOf, UserError } from '../../protocols/common/errors.ts'
import { parse } from '../../protocols/common/parse.ts'
import type { AbortOptions } from '../components.ts'
import { NodeUnreachableError } from './errors.ts'
import { type Operation, type PathNames, type ReplyOutput, replyOf } from './operation.ts'
import { OPERATIONS, type OperationName, type Operations } from './operations/index.ts'
import { API_PREFIX } from './prefix.ts'
import { fromProblem, problem } from './problems.ts'
import { readMessages } from './sse-reader.ts'
import type { Message } from './streams.ts'
import { openSocket } from './ws-reader.ts'

/** More than any list of a node: a larger answer does not come from one. */
const ANSWER_MAX_BYTES = 64 * 2 ** 20

/** Where a node answers, and its token. */
export interface Target {
  url: string
  token: string
  /** how streams come: WebSockets pass where something between cuts long answers off. @default 'events' */
  streams?: 'events' | 'websocket'
}

type Text = string | number | boolean
/** What an operation is called with: `params` of the path, `query`, `body`; each only where it has one. */
export type Given<O extends Operation> = ([PathNames<O['path']>] extends [never]
  ? { params?: undefined }
  : { params: Record<PathNames<O['path']>, string | number> }) &
  (O extends { query: infer Q extends z.ZodType } ? { query?: z.output<Q> } : { query?: undefined }) &
  (O extends { bytes: 'body' }
    ? { body: Blob }
    : O extends { body: infer B extends z.ZodType }
      ? { body: z.input<B> }
      : { body?: undefined })

type AnyGiven = { params?: Record<string, Text>; query?: Record<string, Text | undefined>; body?: unknown }
type StreamOf<O> = O extends { stream: { schema: infer S extends z.ZodType } } ? z.output<S> : never

/** The calls of the API by the names of its table, typed by it. */
export interface Transport {
  /** @throws whatever the node refuses, by name; NodeUnreachableError */
  call<N extends OperationName>(
    name: N,
    given: Given<Operations[N]>,
    options?: AbortOptions
  ): Promise<ReplyOutput<Operations[N]>>
  /** resolves when the node has begun; ends when it says so. @throws StreamCutError when it ends without */
  stream<N extends OperationName>(
    name: N,
    given: Given<Operations[N]>,
    options?: AbortOptions
  ): Promise<AsyncIterable<StreamOf<Operations[N]>>>
  /** the bytes of an answer as they come */
  bytes<N extends OperationName>(
    name: N,
    given: Given<Operations[N]>,
    options?: AbortOptions
  ): Promise<ReadableStream<Uint8Array>>
}

/** @param locate where the node answers now: asked before each request, because a node that restarts has another port and token */
export function transport(locate: () => Promise<Target>): Transport {
  const baseOf = (target: Target): string => `${target.url.replace(/\/+$/, '')}${API_PREFIX}`

  async function request(
    target: Target,
    row: Operation,
    given: AnyGiven,
    options: AbortOptions = {}
  ): Promise<Response> {
    let response: Response
    try {
      response = await fetch(`${baseOf(target)}${pathOf(row, given)}`, {
        ...bodyOf(row, given.body, target.token),
        method: row.method,
        redirect: 'error',
        ...(options.signal === undefined ? {} : { signal: options.signal })
      })
    } catch (cause) {
      if (options.signal?.aborted === true) throw cause
      throw new NodeUnreachableError(target.url, cause)
    }
    if (response.ok) return response
    throw await refusal(response, target.url)
  }

  async function* read(url: string, row: Operation, messages: AsyncIterable<Message>, { signal }: AbortOptions) {
    for await (const { event, data } of messages) {
      if (event === 'error') throw fromProblem(parse(problem, data, 'error'))
      if (event === 'end') return
      yield parse(row.stream?.schema ?? z.never(), data, event) as never
    }
    if (signal?.aborted !== true) throw new StreamCutError(url)
  }

  async function open(
    target: Target,
    row: Operation,
    given: AnyGiven,
    options: AbortOptions
  ): Promise<AsyncIterable<Message>> {
    if (target.streams === 'websocket' && row.method === 'GET') {
      const messages = await openSocket(`${baseOf(target)}${pathOf(row, given)}`, target.token, options)
      if (messages !== undefined) return messages
    }
    return readMessages((await request(target, row, given, options)).body, options)
  }

  return {
    async call(name, given, options) {
      const row: Operation = OPERATIONS[name]
      const target = await locate()
      const text = await readText(await request(target, row, given as AnyGiven, options), target.url)
      return parse(replyOf(row).schema, JSON.parse(text), `answer of ${name}`) as never
    },
    async stream(name, given, options = {}) {
      const row: Operation = OPERATIONS[name]
      const target = await locate()
      return read(target.url, row, await open(target, row, given as AnyGiven, options), options)
    },
    async bytes(name, given, options) {
      const { body } = await request(await locate(), OPERATIONS[name], given as AnyGiven, options)
      return body ?? new Blob([]).stream()
    }
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

function pathOf(row: Operation, { params = {}, query = {} }: AnyGiven): string {
  const path = row.path.replace(/\{(\w+)(\*?)\}/g, (_whole, name: string, rest: string) => {
    const text = String(params[name])
    return rest === '' ? encodeURIComponent(text) : text.split('/').map(encodeURIComponent).join('/')
  })
  const pairs = Object.entries(query).flatMap(([k, v]): [string, string][] => (v === undefined ? [] : [[k, String(v)]]))
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`
}

function bodyOf(row: Operation, body: unknown, token: string): RequestInit {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` }
  if (row.stream !== undefined) headers['accept'] = 'text/event-stream'
  if (row.bytes === 'body')
    return { headers: { ...headers, 'content-type': 'application/octet-stream' }, body: body as Blob }
  if (body === undefined) return { headers }
  return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
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
