import { z } from 'zod'
import { InternalError, messageOf, UserError } from '../../protocols/common/errors.ts'
import { errorRow } from '../errors/index.ts'
import { API_PREFIX } from './prefix.ts'

/** RFC 9457; `name` is the stable name that callers look at, the others are those of UserError. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  name: z.string().max(64),
  field: z.string().optional(),
  value: z.unknown().optional(),
  limit: z.string().optional(),
  remedy: z.string().optional()
})
export type Problem = z.output<typeof problem>

export const PROBLEM_TYPE = 'application/problem+json'

/** Where the API tells of an error: `GET` it and look under the name. docs/errors.md has the same. */
export const problemUri = (name: string): string => `${API_PREFIX}/errors#${name}`

/** Names for what the HTTP library refuses by itself, by status. */
const LIBRARY_NAMES: Record<number, string> = {
  404: 'NotFoundError',
  413: 'TooLargeError',
  415: 'UnsupportedMediaTypeError'
}

/** What a caller is told about an error: all of ours, nothing of a bug but that it is one. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof UserError ? error : fromLibrary(error)
  if (known === undefined) {
    return {
      type: problemUri('InternalError'),
      title: 'Internal error',
      status: 500,
      detail: 'the node failed; its log says more',
      name: 'InternalError',
      remedy: 'please report this with the lines of the log'
    }
  }
  const { name, message, ...details } = known.toJSON() as { name: string; message: string }
  return {
    type: problemUri(name),
    title: title(name),
    // a name without a row is a mistake of the caller that this program does not tell apart
    status: errorRow(name)?.status ?? 400,
    detail: message,
    name,
    ...(JSON.parse(JSON.stringify(details)) as Partial<Problem>)
  }
}

/** The error that a problem document tells of. */
export function fromProblem(given: Problem): Error {
  if (given.status >= 500 && given.name === 'InternalError') return new InternalError(given.detail)
  return new UserError(given.name, given.detail, {
    ...(given.field === undefined ? {} : { field: given.field }),
    ...(given.value === undefined ? {} : { value: given.value }),
    ...(given.limit === undefined ? {} : { limit: given.limit }),
    ...(given.remedy === undefined ? {} : { remedy: given.remedy })
  })
}

function fromLibrary(error: unknown): UserError | undefined {
  const { statusCode } = error as { statusCode?: unknown }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined
  return new UserError(LIBRARY_NAMES[statusCode] ?? 'InvalidInputError', messageOf(error), {
    field: 'request',
    remedy: 'see docs/api.md'
  })
}

/** JobNotFoundError → Job not found */
function title(name: string): string {
  const words = name.replace(/Error$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
  return `${words.charAt(0)}${words.slice(1).toLowerCase()}`
}
