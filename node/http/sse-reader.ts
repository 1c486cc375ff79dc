import { TooLargeError } from '../../protocols/common/errors.ts'
import type { AbortOptions } from '../components.ts'
import type { Message } from './streams.ts'

/** A message is one event: a job view, or a piece of log of at most some hundred KiB. */
const MESSAGE_MAX_CHARS = 4 * 2 ** 20

/**
 * Server-sent events out of a response's body, comments dropped. Ends with the body or the signal; data that is no JSON is
 * a SyntaxError.
 *
 * @throws TooLargeError
 */
export async function* readMessages(
  body: ReadableStream<Uint8Array> | null,
  options: AbortOptions = {}
): AsyncIterable<Message> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of body ?? []) {
      rest += decoder.decode(chunk, { stream: true })
      const blocks = rest.split('\n\n')
      rest = blocks.pop() ?? ''
      if (rest.length > MESSAGE_MAX_CHARS) throw new TooLargeError('event (characters)', rest.length, MESSAGE_MAX_CHARS)
      for (const block of blocks) {
        const message = readBlock(block)
        if (message !== undefined) yield message
      }
    }
  } catch (error) {
    // a connection that was cut ends the stream; whether that was wanted is for the caller to know
    if (options.signal?.aborted !== true && !(error instanceof TypeError)) throw error
  }
}

function readBlock(block: string): Message | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const at = line.indexOf(': ')
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 2))
  }
  const data = fields.get('data')
  if (data === undefined) return undefined
  const id = Number(fields.get('id') ?? Number.NaN)
  return {
    event: fields.get('event') ?? 'message',
    data: JSON.parse(data),
    ...(Number.isSafeInteger(id) ? { id } : {})
  }
}
