import { z } from 'zod'
import { InvalidInputError } from './errors.ts'

/**
 * Checks a value against a schema and names the first thing that is wrong.
 *
 * @param what what the value is, for the message: `job spec`, `resource offer`
 * @throws InvalidInputError with the field's path, the value there and a remedy
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = z.safeDecode(schema, value as z.input<S>)
  if (result.success) return result.data
  throw toInvalidInput(result.error, value, what)
}

/** The wire form of a value that our own code made: a mismatch is reported like any other bad input. */
export function toWire<S extends z.ZodType>(schema: S, value: z.output<S>, what: string): z.input<S> {
  const result = z.safeEncode(schema, value)
  if (result.success) return result.data
  throw toInvalidInput(result.error, value, what)
}

function toInvalidInput(error: z.ZodError, root: unknown, what: string): InvalidInputError {
  const issue = deepest(error.issues[0])
  if (issue === undefined) return new InvalidInputError(`${what} is invalid`)
  const field = issue.path.map(String).join('.')
  const where = field === '' ? what : `${what}: ${field}`
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    const siblings = Object.keys(at(root, issue.path) ?? {}).filter(k => !issue.keys.includes(k))
    return new InvalidInputError(`${where}: unknown key "${key}"`, {
      field: field === '' ? key : `${field}.${key}`,
      value: key,
      remedy: `remove "${key}"${siblings.length > 0 ? '' : ' or check its spelling'}`
    })
  }
  const limit = limitOf(issue)
  return new InvalidInputError(`${where}: ${limit}`, {
    field: field === '' ? what : field,
    ...(issue.path.some(key => SECRETS.has(key)) ? {} : { value: at(root, issue.path) }),
    limit,
    remedy: `correct ${field === '' ? `the ${what}` : field}`
  })
}

/** Fields whose value is told to nobody: errors are printed, sent in replies and pasted into questions. */
const SECRETS: ReadonlySet<PropertyKey> = new Set(['secret', 'passphrase', 'privateKey'])

/** What the things are that a limit counts, by the validator's word for where they are. */
const COUNTED: Record<string, string> = { string: ' characters', array: ' entries', set: ' entries', map: ' entries' }

/** What was expected, as a person says it; a sentence of our own stays as it is. */
function limitOf(issue: Issue): string {
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) {
    const than = issue.inclusive === false ? 'more than' : 'at least'
    return `expected ${than} ${issue.minimum}${COUNTED[issue.origin] ?? ''}`
  }
  if (issue.code === 'too_big' && issue.message.startsWith('Too big')) {
    const than = issue.inclusive === false ? 'less than' : 'at most'
    return `expected ${than} ${issue.maximum}${COUNTED[issue.origin] ?? ''}`
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return `it is missing: expected ${issue.expected}`
  return issue.message.replace(/^Invalid (input|option|string): /, '')
}

type Issue = z.core.$ZodIssue

/** In a union the issue of the branch that got furthest says more than "no branch fits". */
function deepest(issue: Issue | undefined): Issue | undefined {
  if (issue?.code !== 'invalid_union') return issue
  const inner = issue.errors.map(list => deepest(list[0])).filter(i => i !== undefined)
  inner.sort((a, b) => b.path.length - a.path.length)
  const best = inner[0]
  return best === undefined ? issue : { ...best, path: [...issue.path, ...best.path] }
}

function at(root: unknown, path: readonly PropertyKey[]): Record<string, unknown> | undefined {
  let here: unknown = root
  for (const key of path) here = (here as Record<PropertyKey, unknown> | null | undefined)?.[key]
  return here as Record<string, unknown> | undefined
}
