import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { InternalError, messageOf } from '../../../protocols/common/errors.ts'
import { parse } from '../../../protocols/common/parse.ts'
import type { NodeApi } from '../api.ts'
import type { SseHub } from '../sse.ts'
import type { Uploads } from '../uploads.ts'

/** What the routes share. */
export interface RouteContext {
  api: NodeApi
  sse: SseHub
  uploads: Uploads
}

/** Longest any answer but a stream or an import may take. */
export const ANSWER_TIMEOUT_MS = 60_000
/** A transaction may wait for several blocks. */
export const TRANSACTION_TIMEOUT_MS = 3 * 60_000
/** Importing hashes every byte: 16 GiB at the 30 MB/s of a slow disk. */
export const IMPORT_TIMEOUT_MS = 10 * 60_000

/** Ends when the caller has gone or the time is up. */
export function requestSignal(reply: FastifyReply, timeoutMs = ANSWER_TIMEOUT_MS): AbortSignal {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  return AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)])
}

export const idParam = z.object({
  id: z.string().regex(/^[\w.:-]{1,128}$/, 'expected an id of letters, digits, ".", ":", "_" and "-"')
})
export const fileParams = idParam.extend({ '*': z.string().min(1).max(4096) })

/** A number in a query: digits only, as text. */
export const queryNumber = z
  .string()
  .regex(/^\d{1,15}$/, 'expected a whole number')
  .transform(Number)

/** Input of a request. @throws InvalidInputError */
export function input<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  return parse(schema, value ?? {}, what)
}

/** Checks our own answer before it leaves: what does not fit its view is a bug of the node. */
export function view<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InternalError(`an answer does not fit its view: ${messageOf(result.error)}`)
}

/** Where a stream that was cut goes on: the header that browsers send, or the number given in the query. */
export function resumeAfter(request: FastifyRequest): number | undefined {
  const header = request.headers['last-event-id']
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined
}
