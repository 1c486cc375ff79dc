import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type WebSocket, WebSocketServer } from 'ws'
import { toProblem } from './problems.ts'
import { type Message, type Messages, type Place, StalledError } from './streams.ts'
import { CLOSE, SUBPROTOCOL } from './subprotocol.ts'

/** Who does not say goodbye in this time is left: a node that stops does not wait for its readers. */
const GOODBYE_MS = 1000
/** Callers have nothing to say: more than a control frame is a mistake. */
const MAX_INBOUND_BYTES = 1024

interface Upgrade {
  socket: Duplex
  head: Buffer
}

export interface Sockets {
  /** whether a request wants a WebSocket */
  isUpgrade(request: FastifyRequest): boolean
  /** makes it one and sends `messages` until they end, the caller leaves or the server stops */
  serve(request: FastifyRequest, reply: FastifyReply, place: Place, messages: Messages): Promise<void>
}

/**
 * WebSockets go through the router and its hooks like any other request, so what guards a route guards its socket, and what is
 * wrong is answered by a problem document before there is a socket.
 */
export function sockets(app: FastifyInstance): Sockets {
  const upgrades = new WeakMap<IncomingMessage, Upgrade>()
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_INBOUND_BYTES,
    perMessageDeflate: false,
    // the token is never said back
    handleProtocols: offered => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false)
  })
  app.server.on('upgrade', (request, socket, head) => {
    // Node took its own listener away: without one, a reset in this moment would end the process
    socket.on('error', () => socket.destroy())
    upgrades.set(request, { socket, head })
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    // the server listens on TCP alone
    response.assignSocket(socket as Socket)
    // an answer instead of a socket is the last thing on this connection
    response.once('finish', () => socket.end())
    app.routing(request, response)
  })

  return {
    isUpgrade: ({ raw }) => upgrades.has(raw),
    async serve({ raw }, reply, place, messages) {
      const upgrade = upgrades.get(raw)
      if (upgrade === undefined) return place.leave()
      reply.hijack()
      // a bad handshake is answered and ended by the library itself
      upgrade.socket.once('close', () => place.leave())
      server.handleUpgrade(raw, upgrade.socket, upgrade.head, socket => {
        void send(socket, place, messages)
      })
    }
  }
}

async function send(socket: WebSocket, place: Place, messages: Messages): Promise<void> {
  const { signal } = place
  socket.on('error', () => place.leave())
  socket.once('close', () => place.leave())
  socket.on('message', () => close(socket, CLOSE.unsupported, 'this stream takes no messages'))
  const stop = keepAlive(socket, place.heartbeatMs)
  const write = (message: Message) =>
    place.within(
      new Promise<void>((resolve, reject) => {
        socket.send(JSON.stringify(message), error => (error == null ? resolve() : reject(error)))
      })
    )
  try {
    for await (const message of messages(signal)) await write(message)
    close(socket, signal.aborted ? CLOSE.stopping : CLOSE.end)
  } catch (error) {
    await fail(socket, error, signal, write)
  } finally {
    stop()
    place.leave()
  }
}

function close(socket: WebSocket, code: number, reason?: string): void {
  socket.close(code, reason)
  const timer = setTimeout(() => socket.terminate(), GOODBYE_MS)
  socket.once('close', () => clearTimeout(timer))
}

async function fail(
  socket: WebSocket,
  error: unknown,
  signal: AbortSignal,
  write: (message: Message) => Promise<void>
): Promise<void> {
  if (error instanceof StalledError) return close(socket, CLOSE.tooSlow, 'read faster, or less')
  if (signal.aborted) return close(socket, CLOSE.stopping)
  await write({ event: 'error', data: toProblem(error) }).catch(() => undefined)
  close(socket, CLOSE.failed)
}

/** A peer that does not answer one ping before the next has gone without a word. */
function keepAlive(socket: WebSocket, everyMs: number): () => void {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  const timer = setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, everyMs)
  return () => clearInterval(timer)
}
