import { chmod, chown } from 'node:fs/promises'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse
} from 'node:http'
import { connect, type Socket } from 'node:net'
import { messageOf } from '../../../../protocols/common/errors.ts'
import { checkListed, type Destination, EgressRefused, parseAuthority } from './destination.ts'
import { type AddressRules, resolveChecked } from './resolve.ts'

export interface ProxyLimits {
  /** both directions together; then the job has no network any more @default 64 GiB */
  maxBytes?: number
  /** at the same time @default 64 */
  maxConnections?: number
  /** a connection on which nothing moves is closed @default 120000 */
  idleMs?: number
}

export interface ProxyInit extends ProxyLimits {
  /** `host:port` entries of the job's specification */
  allow: readonly string[]
  rules?: AddressRules
}

/** As much as the inputs of a job may be. */
const MAX_BYTES = 64 * 2 ** 30
/** A browser opens six to a host, a package manager about fifty. */
const MAX_CONNECTIONS = 64
const IDLE_MS = 120_000
const CONNECT_MS = 10_000
const HEADER_BYTES = 16 * 1024
/** How often the bytes are added up: between two looks more may pass. */
const COUNT_MS = 200
const OPEN = 'HTTP/1.1 200 Connection established\r\n\r\n'
/** Meant for one hop only (RFC 9110 7.6.1); the length of the body stays as it was sent. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  // no trailers are passed on, and Node throws at one that is announced for a body of known length
  'trailer',
  'upgrade'
])

/**
 * What a job with an allow-list has for a network: an HTTP proxy (CONNECT, and plain HTTP) outside its container, on a unix
 * socket. A destination must be named in the list, and every address it has must be one that jobs may reach. A redirect is
 * the client's next request, checked like the first. What goes over an open connection is not looked at.
 */
export class EgressProxy {
  readonly #init: ProxyInit
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #upstreams = new Set<Socket>()
  /** destinations in hand, from the look-up until the connection is closed: a client may leave at once, or send many requests */
  #outward = 0
  #closedBytes = 0
  #isSpent = false
  #timer: NodeJS.Timeout | undefined

  constructor(init: ProxyInit) {
    this.#init = init
    this.#server = createServer({ maxHeaderSize: HEADER_BYTES, headersTimeout: CONNECT_MS, requestTimeout: 0 })
    this.#server.maxConnections = init.maxConnections ?? MAX_CONNECTIONS
    this.#server.on('connection', socket => this.#watch(socket))
    this.#server.on('connect', (request, socket, head) => void this.#tunnel(request, socket as Socket, head))
    this.#server.on('request', (request, response) => void this.#forward(request, response))
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** @param owner the user that may use the socket, where this process can give it away */
  async listen(path: string, owner?: { uid: number; gid: number }): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
    await chmod(path, 0o600)
    if (owner !== undefined && process.getuid?.() === 0) await chown(path, owner.uid, owner.gid)
    this.#timer = setInterval(() => this.#count(), COUNT_MS)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    for (const socket of [...this.#sockets, ...this.#upstreams]) socket.destroy()
    await closed
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setTimeout(this.#init.idleMs ?? IDLE_MS, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#closedBytes += moved(socket)
    })
  }

  #count(): void {
    const bytes = [...this.#sockets].reduce((sum, socket) => sum + moved(socket), this.#closedBytes)
    if (bytes <= (this.#init.maxBytes ?? MAX_BYTES)) return
    this.#isSpent = true
    for (const socket of this.#sockets) socket.destroy()
  }

  async #tunnel(request: IncomingMessage, client: Socket, head: Buffer): Promise<void> {
    // a client that goes away while its name is looked up
    client.on('error', () => undefined)
    try {
      const upstream = await this.#reach(parseAuthority(request.url ?? ''), client)
      join(client, upstream, this.#init.idleMs ?? IDLE_MS)
      client.write(OPEN)
      if (head.byteLength > 0) upstream.write(head)
    } catch (error) {
      const { status, message } = refusal(error)
      client.end(`HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`)
    }
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // a client that went away: writing to it is an error
    response.on('error', () => undefined)
    try {
      const url = plainUrl(request.url ?? '')
      const upstream = await this.#reach({ host: bare(url.hostname), port: Number(url.port || 80) }, request.socket)
      upstream.setTimeout(this.#init.idleMs ?? IDLE_MS, () => upstream.destroy())
      response.once('close', () => upstream.destroy())
      passOn(request, response, url, upstream)
    } catch (error) {
      const { status, message } = refusal(error)
      response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${message}\n`)
    }
  }

  /** A connection to a listed destination, one of as many as a job may have. @throws EgressRefused */
  async #reach(destination: Destination, client: Socket): Promise<Socket> {
    if (this.#isSpent) throw new EgressRefused(429, 'this job has moved as many bytes as one may')
    checkListed(destination, this.#init.allow)
    const most = this.#init.maxConnections ?? MAX_CONNECTIONS
    if (this.#outward >= most) throw new EgressRefused(503, `this job has ${most} connections, as many as one may`)
    this.#outward++
    try {
      const upstream = await this.#connect(destination, client)
      upstream.once('close', () => this.#outward--)
      return upstream
    } catch (error) {
      this.#outward--
      throw error
    }
  }

  async #connect(destination: Destination, client: Socket): Promise<Socket> {
    let last: unknown
    for (const address of await resolveChecked(destination, this.#init.rules)) {
      if (client.destroyed) break
      try {
        const upstream = await open(address, destination.port, this.#upstreams)
        if (!client.destroyed) return upstream
        upstream.destroy()
      } catch (error) {
        last = error
      }
    }
    throw new EgressRefused(502, `${destination.host}:${destination.port} does not answer: ${messageOf(last)}`)
  }
}

const moved = (socket: Socket): number => socket.bytesRead + socket.bytesWritten

function refusal(error: unknown): { status: number; message: string } {
  return error instanceof EgressRefused ? error : { status: 502, message: messageOf(error) }
}

/** To an address that was checked, never to a name. @param all has the socket until it is closed */
function open(address: string, port: number, all: Set<Socket>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, allowHalfOpen: true })
    const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), CONNECT_MS)
    all.add(socket)
    socket.once('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      all.delete(socket)
      reject(new Error('closed'))
    })
    socket.once('connect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

/** Passes bytes both ways; one side may end before the other. */
function join(client: Socket, upstream: Socket, idleMs: number): void {
  upstream.setTimeout(idleMs, () => upstream.destroy())
  upstream.on('error', () => client.destroy())
  client.on('error', () => upstream.destroy())
  // what is still on its way gets there
  upstream.once('close', () => client.destroySoon())
  client.once('close', () => upstream.destroySoon())
  client.pipe(upstream)
  upstream.pipe(client)
}

function plainUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:') return url
  throw new EgressRefused(400, 'expected CONNECT host:port, or a request with a whole http:// URL')
}

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

function passOn(request: IncomingMessage, response: ServerResponse, url: URL, upstream: Socket): void {
  const out = httpRequest({
    createConnection: () => upstream,
    method: request.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...endToEnd(request.headers), host: url.host, connection: 'close' },
    setHost: false,
    insecureHTTPParser: false
  })
  const fail = (error: unknown): void => {
    if (response.headersSent) response.destroy()
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`${messageOf(error)}\n`)
  }
  out.once('response', answer => {
    answer.once('error', () => response.destroy())
    try {
      // throws at a status or a header that Node reads and does not write: the answer is a stranger's
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
      answer.pipe(response)
    } catch (error) {
      upstream.destroy()
      fail(error)
    }
  })
  out.on('error', fail)
  out.once('upgrade', () => fail(new Error('it answers in another protocol')))
  request.pipe(out)
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)))
}
