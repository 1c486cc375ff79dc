import { TooLargeError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import type { Message } from './streams.ts'
import { CLOSE, SUBPROTOCOL, TOKEN_SUBPROTOCOL } from './subprotocol.ts'

/** WebSockets cannot be told to wait: a reader that is so far behind is given up, and goes on by number. */
const MAX_WAITING = 10_000

/**
 * The messages of a stream over a WebSocket, from its opening on. Ends with the socket or the signal; what ends without the node
 * having said so is for the caller to find out, as with server-sent events.
 *
 * @param url of the stream over HTTP
 * @returns undefined when no socket comes about: the same request over HTTP says why, or works
 */
export async function openSocket(
  url: string,
  token: string,
  { signal }: AbortOptions = {}
): Promise<AsyncIterable<Message> | undefined> {
  const offered = `${TOKEN_SUBPROTOCOL}${Buffer.from(token).toString('base64url')}`
  const socket = new WebSocket(url.replace(/^http/, 'ws'), [SUBPROTOCOL, offered])
  const waiting: Message[] = []
  const state: { over: boolean; error?: unknown; wake(): void } = { over: false, wake: () => undefined }
  const finish = (error?: unknown): void => {
    if (error !== undefined) state.error ??= error
    state.over = true
    state.wake()
  }
  const leave = (): void => {
    finish()
    socket.close()
  }
  socket.addEventListener('message', ({ data }) => {
    try {
      waiting.push(JSON.parse(String(data)))
      if (waiting.length > MAX_WAITING) throw new TooLargeError('stream (messages)', waiting.length, MAX_WAITING)
    } catch (error) {
      finish(error)
      socket.close()
    }
    state.wake()
  })
  socket.addEventListener('close', ({ code }) => {
    if (code === CLOSE.end) waiting.push({ event: 'end', data: {} })
    finish()
  })
  const opened = await new Promise<boolean>(resolve => {
    socket.addEventListener('open', () => resolve(true), { once: true })
    socket.addEventListener('error', () => resolve(false), { once: true })
    signal?.addEventListener('abort', () => resolve(false), { once: true })
    if (signal?.aborted === true) resolve(false)
  })
  if (!opened) {
    socket.close()
    return undefined
  }
  signal?.addEventListener('abort', leave, { once: true })
  return read(waiting, state, () => {
    signal?.removeEventListener('abort', leave)
    leave()
  })
}

async function* read(
  waiting: Message[],
  state: { over: boolean; error?: unknown; wake(): void },
  leave: () => void
): AsyncIterable<Message> {
  try {
    for (;;) {
      const next = waiting.shift()
      if (next !== undefined) yield next
      else if (state.error !== undefined) throw state.error
      else if (state.over) return
      else {
        await new Promise<void>(resolve => {
          state.wake = resolve
        })
      }
    }
  } finally {
    leave()
  }
}
