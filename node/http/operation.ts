import type { Readable } from 'node:stream'
import { z } from 'zod'
import { InternalError } from '../../protocols/common/errors.ts'
import type { ErrorName } from '../errors/index.ts'

/** Sections of the documentation. */
export const TAGS = {
  jobs: 'Jobs of this node: submit, follow, fetch, judge',
  market: 'What this node sees of the market',
  node: 'This node itself',
  network: 'The network and who is in it',
  wallet: 'Money',
  court: 'Disputes and the seats that decide them',
  board: 'Jobs that contracts and wallets ask for on chain',
  modules: 'Names of modules and what their versions are',
  storage: 'Files and images that this node shares'
} as const
export type Tag = keyof typeof TAGS

/** Longest any answer but a stream or an import may take. */
export const ANSWER_TIMEOUT_MS = 60_000
/** A transaction may wait for several blocks. */
export const TRANSACTION_TIMEOUT_MS = 3 * 60_000
/** Importing hashes every byte: 16 GiB at the 30 MB/s of a slow disk. */
export const IMPORT_TIMEOUT_MS = 10 * 60_000

/** What a stream says: the names of its messages, beside `end` and `error`, and what any of them holds. */
export interface StreamShape {
  events: readonly string[]
  schema: z.ZodType
  /** goes on until one side leaves: an end is then never said */
  endless?: true
}

/**
 * One row of the API: server, client, documentation and tests read it. A row says everything about a route but what it does,
 * which stands under the same name in `routes/`.
 */
export interface Operation {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** below the prefix of the API; `{name}` is one part of a path, `{name*}` at its end the rest of it */
  path: `/${string}`
  tag: Tag
  /** a sentence without its full stop */
  summary: string
  description?: string
  /** of the path, but what `{name*}` stands for; each an id unless it is here */
  params?: z.ZodObject
  query?: z.ZodObject
  /** JSON, checked whole; without it there is none */
  body?: z.ZodType
  /** the one good answer: its status and JSON. A stream or a file says it itself */
  reply: Record<number, z.ZodType>
  /** bytes that go as they are, with no limit but the route's own */
  bytes?: 'body' | 'reply'
  /** of a reply of bytes. @default application/octet-stream, as a file to keep */
  contentType?: string
  /** server-sent events, or the same as WebSocket messages */
  stream?: StreamShape
  /** what it refuses by name, beside what every route does: `errorsOf` */
  errors: readonly ErrorName[]
  /** needs no token: for what holds nothing of the owner's */
  open?: true
  /** the longest an answer may take. @default ANSWER_TIMEOUT_MS */
  timeoutMs?: number
}

export const operation = <const O extends Operation>(row: O): O => row

/** Everything that an operation can end with, by name. */
export function errorsOf(row: Operation): ErrorName[] {
  const names: ErrorName[] = ['InvalidInputError', 'ForbiddenOriginError', 'NotFoundError', 'InternalError']
  if (row.open !== true) names.push('UnauthorizedError')
  // whatever the body: too much of it, or of another type
  if (row.method !== 'GET') names.push('TooLargeError', 'UnsupportedMediaTypeError', 'SlowRequestError')
  if (row.stream !== undefined) names.push('BusyError')
  return [...new Set([...names, ...row.errors])].sort()
}

/** The answer of a call whose whole news is that it was done. */
export const nothing = z.object({})

const ID_TEXT = 'expected an id of letters, digits, ".", ":", "_" and "-"'
export const idText = z.string().regex(/^[\w.:-]{1,128}$/, ID_TEXT)

/** A whole number in a path or a query, where everything is text. */
export const numberText = (min = 0, max = 999_999_999_999_999) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max))

/** `true` or `false` in a query. */
export const flagText = z
  .enum(['true', 'false'])
  .transform(text => text === 'true')
  .pipe(z.boolean())

/** Names in `{}` of a path. */
export type PathNames<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${infer Bare}*` ? Bare : Name) | PathNames<Rest>
  : never

type OutputOf<O, K extends PropertyKey> = O extends { readonly [key in K]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined

/** Parts of the path: as `params` says, text where it says nothing. */
export type ParamsOf<O extends Operation> = Omit<Record<PathNames<O['path']>, string>, keyof OutputOf<O, 'params'>> &
  (OutputOf<O, 'params'> extends undefined ? unknown : OutputOf<O, 'params'>)
export type QueryOf<O extends Operation> = OutputOf<O, 'query'>
export type BodyOf<O extends Operation> = O extends { bytes: 'body' } ? Readable : OutputOf<O, 'body'>
type ReplySchema<O extends Operation> = O['reply'][keyof O['reply']]
/** What the handler gives, and what the client reads. */
export type ReplyInput<O extends Operation> = ReplySchema<O> extends z.ZodType ? z.input<ReplySchema<O>> : never
export type ReplyOutput<O extends Operation> = ReplySchema<O> extends z.ZodType ? z.output<ReplySchema<O>> : never

/** The status and the schema of an operation's good answer. */
export function replyOf(operation: Operation): { status: number; schema: z.ZodType } {
  const [found] = Object.entries(operation.reply)
  if (found === undefined) return { status: 200, schema: nothing }
  return { status: Number(found[0]), schema: found[1] }
}

/** The names of messages that are told apart by their `type`. */
export function typesOf(union: z.ZodDiscriminatedUnion): string[] {
  return union.options.map(option => {
    const type = (option as z.ZodObject).shape['type']
    if (!(type instanceof z.ZodLiteral)) throw new InternalError('a message of a stream has no literal type')
    return String(type.value)
  })
}
