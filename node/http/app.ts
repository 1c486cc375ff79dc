import type { Socket } from 'node:net'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { UserError } from '../../protocols/common/errors.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import { NotFoundError, SlowRequestError } from './errors.ts'
import { checkHost, checkOrigin, checkToken } from './guard.ts'
import { API_PREFIX } from './prefix.ts'
import { PROBLEM_TYPE, type Problem, toProblem } from './problems.ts'
import { registerRoutes } from './register.ts'
import type { RouteContext } from './routes/context.ts'
import type { StreamHub } from './streams.ts'
import { sockets } from './websocket.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** needs no token */
    open?: boolean
  }
}

/** A specification of 64 KiB as JSON, with every character escaped. */
const BODY_MAX_BYTES = 512 * 1024
/** Longest an upload may take to arrive, on a slow disk. */
const REQUEST_TIMEOUT_MS = 30 * 60_000
const MAX_CONNECTIONS = 256

/** What a slow or silent sender is given: without these, a few hundred of them would hold every connection. */
export interface ArrivalLimits {
  /** @default 10 s: a caller on this host sends its headers in one piece */
  headersMs?: number
  /** of a JSON body. @default 30 s */
  bodyMs?: number
  /** how often connections are looked at. @default 5 s */
  checkMs?: number
}

export interface AppInit extends ArrivalLimits {
  /** that the server is bound to */
  host: string
  token: string
  context: RouteContext
  hub: StreamHub
  /** told of every error that is a bug of ours */
  onError: ((message: string, error: unknown) => void) | undefined
  /** told of every answer */
  onAnswer?:
    | ((answer: { request: string; method: string; route: string; status: number; ms: number }) => void)
    | undefined
}

/** The API without its socket: what guards it, and the routes of the table. */
export function buildApp(init: AppInit): FastifyInstance {
  const { host, token, context, hub, onError, headersMs = 10_000, bodyMs = 30_000, checkMs = 5_000 } = init
  const app = fastify({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 4096 },
    http: { headersTimeout: headersMs, connectionsCheckingInterval: checkMs },
    clientErrorHandler: refuseBytes
  })
  app.server.maxConnections = MAX_CONNECTIONS
  const streams = { hub, sockets: sockets(app) }
  app.removeContentTypeParser('text/plain')
  // the body of an upload stays a stream; its route counts the bytes
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error)
    if (problem.status >= 500 && !(error instanceof UserError)) onError?.('api request failed', error)
    // nobody reads the rest of the body: who sends on is not waited for
    if (!request.raw.complete) reply.header('connection', 'close')
    return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
  })
  app.setNotFoundHandler(request => {
    throw new NotFoundError('route', `${request.method} ${request.url.slice(0, 200)}`, 'see docs/api.md')
  })
  const digest = sha256(Buffer.from(token))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
    reply.header('x-request-id', request.id)
    checkHost(request.headers.host, host)
    checkOrigin(request.headers.origin, request.headers.host)
    if (request.routeOptions.config.open !== true) checkToken(request.headers, digest)
  })
  app.addHook('preParsing', async (request, reply, payload) => {
    if (request.headers['content-type'] !== 'application/octet-stream') limitArrival(request, reply, payload, bodyMs)
    return payload
  })
  app.addHook('onResponse', async (request, reply) => {
    const { id, method, routeOptions } = request
    const ms = Math.round(reply.elapsedTime * 10) / 10
    init.onAnswer?.({ request: id, method, route: routeOptions.url ?? 'none', status: reply.statusCode, ms })
  })
  app.register(async routes => registerRoutes(routes, context, streams), { prefix: API_PREFIX })
  return app
}

function limitArrival(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: NodeJS.ReadableStream,
  bodyMs: number
): void {
  const { headers, raw } = request
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
  const timer = setTimeout(() => {
    // whoever reads the body answers; where nobody does, the connection goes
    if (payload.listenerCount('error') > 0) payload.emit('error', new SlowRequestError(bodyMs))
    else raw.destroy()
  }, bodyMs)
  payload.once('end', () => clearTimeout(timer))
  reply.raw.once('close', () => clearTimeout(timer))
}

/** What is no HTTP, or too much or too slow of it, is answered before there is a request. */
function refuseBytes(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, problem] = BYTES_REFUSED[error.code ?? ''] ?? ['400 Bad Request', NO_HTTP]
  const body = JSON.stringify(problem)
  const head = [`HTTP/1.1 ${status}`, `content-type: ${PROBLEM_TYPE}`, `content-length: ${Buffer.byteLength(body)}`]
  socket.end(`${[...head, 'connection: close'].join('\r\n')}\r\n\r\n${body}`)
}

const refusal = (name: string, message: string, remedy: string): Problem =>
  toProblem(new UserError(name, message, { field: 'request', remedy }))
const NO_HTTP = refusal('InvalidInputError', 'this is no HTTP/1.1 request', 'send one')
const BYTES_REFUSED: Record<string, [status: string, problem: Problem]> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    { ...refusal('TooLargeError', 'the headers have more than 16 KiB', 'send fewer'), status: 431 }
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    '408 Request Timeout',
    refusal('SlowRequestError', 'the request did not arrive in time', 'send it in one piece')
  ]
}
