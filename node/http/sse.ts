import { once } from 'node:events'
import type { FastifyReply } from 'fastify'
import { toProblem } from './problems.ts'
import { type Message, type Messages, type Place, StalledError } from './streams.ts'

/** Answers with server-sent events until `messages` ends, the caller leaves or the server stops. */
export async function serveEvents(reply: FastifyReply, place: Place, messages: Messages): Promise<void> {
  const { signal } = place
  const { raw } = reply
  reply.hijack()
  raw.once('close', () => place.leave())
  raw.on('error', () => place.leave())
  // nothing is added for a reader that takes nothing
  const heartbeat = setInterval(() => raw.writableNeedDrain || raw.write(': ping\n\n'), place.heartbeatMs)
  try {
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-accel-buffering': 'no'
    })
    // the headers go out at once, so that a caller knows that it listens
    raw.write(': open\n\n')
    for await (const message of messages(signal)) {
      if (!raw.write(frame(message))) await place.within(once(raw, 'drain', { signal }))
    }
  } catch (error) {
    if (error instanceof StalledError) raw.destroy()
    else if (!signal.aborted) raw.write(frame({ event: 'error', data: toProblem(error) }))
  } finally {
    clearInterval(heartbeat)
    place.leave()
    raw.end()
  }
}

function frame({ id, event, data }: Message): string {
  // JSON has no raw line break, so one data line is enough
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
