import type { z } from 'zod'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { nearest } from '../../protocols/common/nearest.ts'
import type { OptionKind } from './options/option.ts'

/** A setting as it was given, beside what it was made into. */
export interface GivenSetting {
  key: string
  kind: OptionKind
  /** the flag, variable or file entry that set it: begins the message */
  from: string
  value: unknown
}

type Issue = z.core.$ZodIssue

/** What a value of a kind looks like, where the schema says no more than that the type is wrong. */
const EXPECTED: Record<OptionKind, string> = {
  text: 'text',
  amount: 'an amount of tokens such as 0.25',
  number: 'a whole number',
  size: 'a size such as 8GiB',
  'cpu-share': 'cores such as 2 or 0.5, or a share such as 50%',
  'size-share': 'a size such as 8GiB, or a share such as 50%',
  boolean: 'true or false',
  list: 'a list of texts, separated by commas',
  labels: 'labels such as region=eu',
  path: 'a path',
  network: 'a file, or an invite dcn1…'
}
const SHOWN_CHARS = 60

/** The first thing that is wrong with a configuration, as whoever wrote it can mend it. */
export function explain(error: z.ZodError, settings: readonly GivenSetting[]): InvalidInputError {
  const issue = deepest(error.issues[0])
  const path = issue?.path.map(String).join('.') ?? ''
  const setting = settings.find(({ key }) => path === key || path.startsWith(`${key}.`)) ?? partOf(path, settings)
  if (issue === undefined || setting === undefined) {
    return new InvalidInputError(`configuration: ${issue?.message ?? 'invalid'}`, { field: path })
  }
  const rest = path.slice(setting.key.length + 1)
  const value = rest === '' ? setting.value : valueAt(setting.value, rest)
  const limit = limitOf(issue, setting, rest === '')
  const meant = typeof value === 'string' ? nearest(value, choices(issue)) : undefined
  return new InvalidInputError(`${setting.from}: ${shown(value)} does not fit: expected ${limit}`, {
    field: setting.key,
    value,
    limit,
    remedy: meant === undefined ? `give ${limit}` : `write ${meant}`
  })
}

/** A rule about two settings of a section is broken by the one that was given last. */
function partOf(path: string, settings: readonly GivenSetting[]): GivenSetting | undefined {
  return settings.findLast(({ key, value }) => key.startsWith(`${path}.`) && value !== undefined && !isEmpty(value))
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

function limitOf(issue: Issue, { kind }: GivenSetting, isWhole: boolean): string {
  const { code, message } = issue
  if (code === 'invalid_value') return `one of ${choices(issue).join(', ')}`
  if (code === 'too_big') return `at most ${bound(issue.origin, issue.maximum)}`
  if (code === 'too_small') return `at least ${bound(issue.origin, issue.minimum)}`
  if (code === 'invalid_type' || code === 'invalid_union') return isWhole ? EXPECTED[kind] : 'text'
  return message.replace(/^expected /, '')
}

function bound(origin: string, count: number | bigint): string {
  if (origin === 'string') return `${count} characters`
  return origin === 'array' ? `${count} entries` : String(count)
}

function choices(issue: Issue): string[] {
  return issue.code === 'invalid_value' ? issue.values.map(String) : []
}

/** Of a value that may be of two forms, the form that it nearly has. */
function deepest(issue: Issue | undefined): Issue | undefined {
  // the name of a label, not its value
  if (issue?.code === 'invalid_key') return { ...issue, ...issue.issues[0], path: issue.path } as Issue
  if (issue?.code !== 'invalid_union') return issue
  const inner = issue.errors.flat().find(({ code }) => code !== 'invalid_type')
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] }
}

function valueAt(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null) return value
  // a label's name may hold dots
  return (value as Record<string, unknown>)[path]
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value))
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
}
