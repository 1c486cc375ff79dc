import { once } from 'node:events'
import type { FastifyReply } from 'fastify'
import { BusyError } from './errors.ts'
import { toProblem } from './problems.ts'

export interface Message {
  id?: number
  event: string
  data: unknown
}

/** Open streams over all callers: a dashboard uses two, a following command line one. */
const MAX_STREAMS = 64
/** Proxies and clients give a silent connection up after 30 s at the earliest. */
const HEARTBEAT_MS = 15_000

export interface SseHub {
  /** answers with a stream of server-sent events until `messages` ends, the caller leaves or the server stops */
  stream(reply: FastifyReply, messages: (signal: AbortSignal) => AsyncIterable<Message>): Promise<void>
  stop(): void
}

export function sseHub(limits: { maxStreams?: number; heartbeatMs?: number } = {}): SseHub {
  const { maxStreams = MAX_STREAMS, heartbeatMs = HEARTBEAT_MS } = limits
  const open = new Set<AbortController>()
  return {
    async stream(reply, messages) {
      if (open.size >= maxStreams) throw new BusyError('streams', maxStreams)
      const controller = new AbortController()
      open.add(controller)
      reply.hijack()
      const { raw } = reply
      raw.once('close', () => controller.abort())
      raw.on('error', () => controller.abort())
      const heartbeat = setInterval(() => raw.write(': ping\n\n'), heartbeatMs)
      try {
        raw.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no'
        })
        // the headers go out at once, so that a caller knows that it listens
        raw.write(': open\n\n')
        for await (const message of messages(controller.signal)) {
          if (!raw.write(frame(message))) await once(raw, 'drain', { signal: controller.signal })
        }
      } catch (error) {
        if (!controller.signal.aborted) raw.write(frame({ event: 'error', data: toProblem(error) }))
      } finally {
        clearInterval(heartbeat)
        open.delete(controller)
        raw.end()
      }
    },
    stop() {
      for (const controller of open) controller.abort()
    }
  }
}

function frame({ id, event, data }: Message): string {
  // JSON has no raw line break, so one data line is enough
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
