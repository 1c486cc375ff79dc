import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { UserError } from '../../protocols/common/errors.ts'
import { parse } from '../../protocols/common/parse.ts'
import { RateLimiter } from '../../protocols/offers/rate-limit.ts'
import type { Clock } from '../components.ts'
import { ForbiddenOriginError, NotFoundError } from '../http/errors.ts'
import { PROBLEM_TYPE, toProblem } from '../http/problems.ts'
import { clientNet } from './client-ip.ts'
import { FaucetLimitError } from './errors.ts'
import type { Faucet } from './faucet.ts'
import type { PageFile } from './pages.ts'
import { accountParams, claimRequest } from './views.ts'

export interface FaucetAppInit {
  faucet: Pick<Faucet, 'info' | 'account' | 'claim'>
  files: readonly PageFile[]
  clock: Clock
  /** lower case; absent: whoever connects is who asks */
  proxyHeader: string | undefined
  onError(message: string, error: unknown): void
}

declare module 'fastify' {
  interface FastifyRequest {
    net: string
  }
}

export const FAUCET_PREFIX = '/api/v1/faucet'
/** An account, a challenge and an answer. */
const BODY_MAX_BYTES = 2048
const MAX_CONNECTIONS = 256
const HEADERS_MS = 10_000
/** A body of a line has no reason to take longer. */
const REQUEST_MS = 15_000
/** A page is five files and a claim three requests; twenty people behind one router come at once. */
const REQUESTS = { burst: 100, perSec: 5 }
const RETRY_SEC = 10
/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const CONTENT_POLICY = [
  "default-src 'none'",
  ...['script-src', 'worker-src', 'style-src', 'img-src', 'connect-src'].map(what => `${what} 'self'`),
  ...['base-uri', 'form-action', 'frame-ancestors'].map(what => `${what} 'none'`)
].join('; ')
const HEADERS = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin'
}

/** The page and the API of a faucet, for everybody: no token, and nothing of the node's own API. */
export function faucetApp({ faucet, files, clock, proxyHeader, onError }: FaucetAppInit): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    http: { headersTimeout: HEADERS_MS }
  })
  app.server.maxConnections = MAX_CONNECTIONS
  app.removeContentTypeParser('text/plain')
  const rate = new RateLimiter(REQUESTS)

  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, clock, onError))
  app.setNotFoundHandler(request => {
    throw new NotFoundError('route', `${request.method} ${request.url.slice(0, 200)}`, 'see docs/faucet.md')
  })
  app.decorateRequest('net', '')
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    const said = proxyHeader === undefined ? undefined : { name: proxyHeader, value: headerOf(request, proxyHeader) }
    request.net = clientNet(request.socket.remoteAddress ?? '', said)
    if (rate.allow(request.net, clock.nowMs())) return
    const atMs = clock.nowMs() + RETRY_SEC * 1000
    throw new FaucetLimitError('requests', 'too many requests', { atMs, limit: `${REQUESTS.perSec} a second` })
  })
  for (const { path, type, content } of files) {
    app.get(path, (_request, reply) => reply.header('cache-control', 'no-cache').type(type).send(content))
  }
  app.register(
    async api => {
      api.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
      api.get('/', () => faucet.info())
      api.get('/accounts/:account', ({ params }) => faucet.account(parse(accountParams, params, 'account').account))
      api.post('/claim', async (request, reply) => {
        checkSite(request)
        const claim = await faucet.claim(parse(claimRequest, request.body, 'claim'), request.net)
        return reply.code(claim.state === 'sent' ? 202 : 200).send(claim)
      })
    },
    { prefix: FAUCET_PREFIX }
  )
  return app
}

/** A page elsewhere must not spend its visitors' share: what a browser sends from there names another origin. */
function checkSite({ headers }: FastifyRequest): void {
  const { origin, host } = headers
  if (origin === undefined) return
  const from = /^https?:\/\/(.+)$/.exec(origin.toLowerCase())?.[1]
  if (from === undefined || from !== host?.toLowerCase()) throw new ForbiddenOriginError('origin', origin)
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.at(-1) : value
}

function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  clock: Clock,
  onError: FaucetAppInit['onError']
): FastifyReply {
  // the names are told here, the table of them is the node's own API's
  const problem = { ...toProblem(error), type: 'about:blank' }
  if (problem.status >= 500 && !(error instanceof UserError)) onError('faucet request failed', error)
  if (error instanceof FaucetLimitError) {
    reply.header('retry-after', Math.max(1, Math.ceil((error.atMs - clock.nowMs()) / 1000)))
  }
  if (!request.raw.complete) reply.header('connection', 'close')
  return reply.code(problem.status).type(PROBLEM_TYPE).send(problem)
}
