import { within } from '../network/deadline.ts'
import type { Source } from './storage.ts'

/** The network's routing may look for ever for what nobody has announced. */
const ROUTING_MS = 15_000

/** How one of several peers is asked; without `from` what is here, or what the network's routing finds. */
export interface AskOptions {
  from?: Source
  signal?: AbortSignal
}

/**
 * Asks one peer after the other, then the network's routing. What is here already costs nothing, and what one peer gave is not
 * asked of the next.
 *
 * @param get fetches from the peer named in its options
 * @throws ContentUnavailableError when nobody has it; what is wrong with the content itself, at once
 */
export async function fromAny<T>(
  sources: readonly Source[],
  signal: AbortSignal | undefined,
  get: (options: AskOptions) => Promise<T>
): Promise<T> {
  const ends = signal === undefined ? {} : { signal }
  for (const from of sources) {
    try {
      return await get({ from, ...ends })
    } catch (error) {
      signal?.throwIfAborted()
      if (!isUnavailable(error)) throw error
    }
  }
  return await get({ signal: within(ROUTING_MS, signal) })
}

const isUnavailable = (error: unknown): boolean => error instanceof Error && error.name === 'ContentUnavailableError'
