import type { Readable } from 'node:stream'
import type { NodeApi } from '../api.ts'
import type { BodyOf, Operation, ParamsOf, QueryOf, ReplyInput } from '../operation.ts'
import type { Message } from '../streams.ts'
import type { Uploads } from '../uploads.ts'

/** What the routes share. */
export interface RouteContext {
  api: NodeApi
  uploads: Uploads
}

/** A request that fits its row of the table. */
export interface Call<O extends Operation> {
  params: ParamsOf<O>
  query: QueryOf<O>
  body: BodyOf<O>
  /** fires when the caller has gone or the time is up */
  readonly signal: AbortSignal
  /** number of the last message that the caller of a stream has seen */
  lastSeen: number | undefined
}

export interface ResultBytes {
  stream: Readable
  sizeBytes: number
}

/** Begins a stream; what it throws before is an answer of its own, and the signal given is the stream's. */
export type OpenStream = (signal: AbortSignal) => AsyncIterable<Message>

type Answer<O extends Operation> = O extends { stream: object }
  ? OpenStream
  : O extends { bytes: 'reply' }
    ? ResultBytes
    : ReplyInput<O>

/** What a route does: gives what its row promises, or throws one of its errors. */
export type Handler<O extends Operation> = (call: Call<O>) => Promise<Answer<O>>

/** Handlers under the names of their rows: none may be missing. */
export type Routes<T extends Record<string, Operation>> = (context: RouteContext) => {
  [Name in keyof T]: Handler<T[Name]>
}
