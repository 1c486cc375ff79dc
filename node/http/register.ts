import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { InternalError, InvalidInputError, messageOf } from '../../protocols/common/errors.ts'
import { parse } from '../../protocols/common/parse.ts'
import { ANSWER_TIMEOUT_MS, idText, type Operation, replyOf } from './operation.ts'
import { operationList } from './operations/index.ts'
import type { OpenStream, ResultBytes, RouteContext } from './routes/context.ts'
import { routes } from './routes/index.ts'
import { serveEvents } from './sse.ts'
import type { Message, Messages, StreamHub } from './streams.ts'
import type { Sockets } from './websocket.ts'

const PARAM = /\{(\w+)(\*?)\}/g
/** Bounds what a path that cannot exist costs; `safeParts` says what may be in it. */
const restOfPath = z.string().min(1).max(4096)
const none = z.strictObject({})

type Run = (call: object) => Promise<unknown>

export interface Streams {
  hub: StreamHub
  sockets: Sockets
}

/** Makes a route of every row of the table. What comes in and what goes out is checked against it. */
export function registerRoutes(app: FastifyInstance, context: RouteContext, streams: Streams): void {
  const runs = routes(context) as unknown as Record<string, Run>
  for (const [name, row] of operationList) {
    const run = runs[name]
    if (run === undefined) throw new InternalError(`no route does ${name}`)
    register(app, row, run, streams)
  }
}

/** The path as the HTTP library wants it. */
export const routePath = (path: string): string =>
  path.replace(PARAM, (_whole, name, rest) => (rest === '' ? `:${name}` : '*'))

function register(app: FastifyInstance, row: Operation, run: Run, streams: Streams): void {
  const read = reader(row)
  const { status, schema } = replyOf(row)
  app.route({
    method: row.method,
    url: routePath(row.path),
    // of a stream or a file, HEAD would begin to send what nobody reads
    exposeHeadRoute: row.stream === undefined && row.bytes === undefined,
    config: { open: row.open === true },
    async handler(request, reply) {
      if (streams.sockets.isUpgrade(request) && !upgradable(row)) throw noSocket()
      const answer = await run(read(request, reply))
      if (row.stream !== undefined) {
        return await begin(streams, request, reply, messages(row.stream, answer as OpenStream))
      }
      if (row.bytes === 'reply') return sendBytes(reply, answer as ResultBytes, row.contentType)
      return reply.code(status).send(view(schema, answer))
    }
  })
}

const upgradable = (row: Operation): boolean => row.stream !== undefined && row.method === 'GET'

const noSocket = (): InvalidInputError =>
  new InvalidInputError('this route is no WebSocket', {
    field: 'upgrade',
    remedy: 'ask it over HTTP; streams alone are WebSockets too'
  })

async function begin(
  { hub, sockets }: Streams,
  request: FastifyRequest,
  reply: FastifyReply,
  open: Messages
): Promise<void> {
  const place = hub.enter()
  if (sockets.isUpgrade(request)) await sockets.serve(request, reply, place, open)
  else await serveEvents(reply, place, open)
}

/** Reads a request against its row. */
function reader(row: Operation): (request: FastifyRequest, reply: FastifyReply) => object {
  const params = paramsOf(row)
  const query = row.query ?? none
  const { body = none, timeoutMs = ANSWER_TIMEOUT_MS } = row
  const ofBody = (request: FastifyRequest): unknown => {
    if (row.bytes === 'body') return bytesOf(request)
    return row.method === 'GET' ? undefined : parse(body, request.body ?? {}, 'body')
  }
  return (request, reply) => {
    const { '*': rest, ...given } = request.params as Record<string, string>
    const path = parse(params, rest === undefined ? given : { ...given, [restName(row)]: rest }, 'path')
    return {
      params: path,
      query: parse(query, request.query ?? {}, 'query'),
      body: ofBody(request),
      lastSeen: row.stream === undefined ? undefined : lastEventId(request),
      get signal() {
        return requestSignal(reply, timeoutMs)
      }
    }
  }
}

const restName = (row: Operation): string => /\{(\w+)\*\}/.exec(row.path)?.[1] ?? '*'

function paramsOf(row: Operation): z.ZodObject {
  const shape: Record<string, z.core.$ZodType> = {}
  for (const [, name = '', rest] of row.path.matchAll(PARAM)) shape[name] = rest === '*' ? restOfPath : idText
  return z.object({ ...shape, ...row.params?.shape })
}

function bytesOf(request: FastifyRequest): Readable {
  const { body } = request
  if (body instanceof Readable) return body
  throw new InvalidInputError('expected the bytes of a file', {
    field: 'content-type',
    value: request.headers['content-type'],
    remedy: 'send content-type: application/octet-stream'
  })
}

/** What browsers send when they come back to a stream. */
function lastEventId(request: FastifyRequest): number | undefined {
  const header = request.headers['last-event-id']
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}

/** Made once: an abort without a reason of its own collects a stack. */
const GONE = new DOMException('the caller has gone', 'AbortError')
const LATE = new DOMException('the answer took too long', 'TimeoutError')

/** Ends when the caller has gone or the time is up. */
function requestSignal({ raw }: FastifyReply, timeoutMs: number): AbortSignal {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(LATE), timeoutMs).unref()
  raw.once('close', () => {
    clearTimeout(timer)
    if (!raw.writableFinished) controller.abort(GONE)
  })
  return controller.signal
}

function messages({ schema, endless }: NonNullable<Operation['stream']>, open: OpenStream) {
  return async function* checked(signal: AbortSignal): AsyncIterable<Message> {
    for await (const message of open(signal)) yield { ...message, data: view(schema, message.data) }
    // when the server stops there may be more to come: only a real end is called one
    if (endless !== true && !signal.aborted) yield { event: 'end', data: {} }
  }
}

function sendBytes(reply: FastifyReply, { stream, sizeBytes }: ResultBytes, contentType?: string): FastifyReply {
  reply.header('content-length', sizeBytes)
  if (contentType !== undefined) return reply.header('content-type', contentType).send(stream)
  // a result may be any bytes: never let a browser take them for a page of this origin
  return reply
    .header('content-type', 'application/octet-stream')
    .header('content-disposition', 'attachment')
    .send(stream)
}

/** Checks our own answer before it leaves: what does not fit its view is a bug of the node. */
function view<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InternalError(`an answer does not fit its view: ${messageOf(result.error)}`)
}
