import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type FastifyInstance, fastify } from 'fastify'
import { messageOf, UserError } from '../../protocols/common/errors.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import type { NodeApi } from './api.ts'
import { NotFoundError } from './errors.ts'
import { checkHost, checkOrigin, checkToken } from './guard.ts'
import { API_PREFIX } from './prefix.ts'
import { PROBLEM_TYPE, toProblem } from './problems.ts'
import { registerRoutes } from './register.ts'
import type { RouteContext } from './routes/context.ts'
import { type StreamHub, type StreamLimits, streamHub } from './streams.ts'
import { type UploadLimits, uploads } from './uploads.ts'
import { sockets } from './websocket.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** needs no token */
    open?: boolean
  }
}

export const API_FILE = 'api.json'

/** A specification of 64 KiB as JSON, with every character escaped. */
const BODY_MAX_BYTES = 512 * 1024
/** Longest a request may take to arrive: a large upload on a slow disk. */
const REQUEST_TIMEOUT_MS = 30 * 60_000
const MAX_CONNECTIONS = 256

export interface ApiServerInit extends StreamLimits {
  dataDir: string
  /** @default 127.0.0.1 */
  host?: string
  /** @default 0, which picks a free one */
  port?: number
  /** @default 32 random bytes */
  token?: string
  uploads?: Partial<UploadLimits>
  /** told of every error that is a bug of ours */
  onError?: (message: string, error: unknown) => void
}

export interface ApiServer {
  /** listens, and writes `api.json` {url, token, pid} into the data directory, readable by its owner alone */
  start(): Promise<void>
  stop(): Promise<void>
  /** present while started */
  readonly url: string | undefined
  readonly token: string
}

/** @throws UserError named ListenError when the address is taken or not ours */
export function apiServer(init: ApiServerInit): (components: { api: NodeApi }) => ApiServer {
  const { dataDir, host = '127.0.0.1', port = 0 } = init
  const token = init.token ?? randomBytes(32).toString('base64url')
  const apiFile = join(dataDir, API_FILE)
  return ({ api }) => {
    let running: { app: FastifyInstance; context: RouteContext; hub: StreamHub; url: string } | undefined
    return {
      token,
      get url() {
        return running?.url
      },
      async start() {
        if (running !== undefined) return
        await mkdir(dataDir, { recursive: true, mode: 0o700 })
        const context = {
          api,
          uploads: uploads({
            dir: join(dataDir, 'uploads'),
            importPath: (path, options) => api.importPath(path, options),
            ...(init.uploads === undefined ? {} : { limits: init.uploads })
          })
        }
        const hub = streamHub(init)
        await context.uploads.start()
        const app = build(init, host, token, context, hub)
        const url = await listen(app, host, port)
        await writePrivate(apiFile, `${JSON.stringify({ url, token, pid: process.pid })}\n`)
        running = { app, context, hub, url }
      },
      async stop() {
        if (running === undefined) return
        const { app, context, hub } = running
        running = undefined
        await rm(apiFile, { force: true })
        hub.stop()
        await app.close()
        await context.uploads.stop()
      }
    }
  }
}

function build(
  init: ApiServerInit,
  host: string,
  token: string,
  context: RouteContext,
  hub: StreamHub
): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4096 }
  })
  app.server.maxConnections = MAX_CONNECTIONS
  const streams = { hub, sockets: sockets(app) }
  app.removeContentTypeParser('text/plain')
  // the body of an upload stays a stream; its route counts the bytes
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))

  app.setErrorHandler((error, _request, reply) => {
    const problem = toProblem(error)
    if (problem.status >= 500 && !(error instanceof UserError)) init.onError?.('api request failed', error)
    return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
  })
  app.setNotFoundHandler(request => {
    throw new NotFoundError('route', `${request.method} ${request.url.slice(0, 200)}`, 'see docs/api.md')
  })
  const digest = sha256(Buffer.from(token))
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
    checkHost(request.headers.host, host)
    checkOrigin(request.headers.origin, request.headers.host)
    if (request.routeOptions.config.open !== true) checkToken(request.headers, digest)
  })
  app.register(
    async routes => {
      registerRoutes(routes, context, streams)
    },
    { prefix: API_PREFIX }
  )
  return app
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    await app.close()
    throw new UserError('ListenError', `the API cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
      field: 'http.port',
      value: port,
      remedy: 'choose another with --http-port, or 0 for any free one',
      cause
    })
  }
  const bound = app.server.address() as AddressInfo
  // an address that means "all of them" is no address to connect to
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${bound.port}`
}

async function writePrivate(path: string, text: string): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  await chmod(path, 0o600)
}
