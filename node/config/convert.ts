import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parseCpu, parseSize } from '../../protocols/common/units.ts'
import type { OptionKind } from './options/option.ts'

/** Invite lines start like this. */
export const INVITE_PREFIX = 'dcn1'
/** Invite lines look like this, whole or cut off; anything else given as a network is a path. */
export const isInvite = (text: string): boolean => /^dcn1[\w-]*$/.test(text)

type Convert = (value: unknown, field: string, base: string) => unknown

const TRUE = new Set(['true', '1', 'yes', 'on'])
const FALSE = new Set(['false', '0', 'no', 'off'])

/**
 * What a value from text or a file means, by kind of option. What does not fit its kind passes unchanged, for the schema
 * to refuse; `base` is what relative paths start from.
 */
const CONVERT: Record<OptionKind, Convert> = {
  text: v => v,
  amount: v => (typeof v === 'number' && Number.isFinite(v) ? String(v) : v),
  number: (v, field) => (typeof v === 'string' ? wholeNumber(v, field) : v),
  size: (v, field) => (typeof v === 'number' ? v : parseSize(v, field)),
  // a plain number means cores, in a file as in a flag
  'cpu-share': (v, field) => (isShare(v) ? v.trim() : parseCpu(v, field)),
  'size-share': (v, field) => (typeof v === 'number' ? v : isShare(v) ? v.trim() : parseSize(v, field)),
  boolean: (v, field) => (typeof v === 'string' ? truth(v, field) : v),
  list: v => (typeof v === 'string' ? splitList(v) : v),
  labels: (v, field) => (typeof v === 'string' ? labelsOf(v, field) : v),
  path: (v, _field, base) => (typeof v === 'string' ? absolute(v, base) : v),
  network: (v, _field, base) => (typeof v === 'string' && !isInvite(v) ? absolute(v, base) : v)
}

/** @throws InvalidInputError */
export function convert(kind: OptionKind, value: unknown, field: string, base: string): unknown {
  return CONVERT[kind](value, field, base)
}

export function absolute(path: string, base: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1))
  return resolve(base, path)
}

const isShare = (value: unknown): value is string => typeof value === 'string' && value.trim().endsWith('%')

export function splitList(text: string): string[] {
  return text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

function wholeNumber(text: string, field: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw unfit(text, field, 'a whole number')
}

function truth(text: string, field: string): boolean {
  const lower = text.toLowerCase()
  if (TRUE.has(lower)) return true
  if (FALSE.has(lower)) return false
  throw unfit(text, field, 'true or false')
}

function labelsOf(text: string, field: string): Record<string, string> {
  const pairs = splitList(text).map(item => {
    const at = item.indexOf('=')
    if (at < 1) throw unfit(item, field, 'key=value')
    return [item.slice(0, at), item.slice(at + 1)]
  })
  return Object.fromEntries(pairs)
}

function unfit(value: string, field: string, expected: string): InvalidInputError {
  return new InvalidInputError(`${field}: expected ${expected}`, {
    field,
    value,
    limit: expected,
    remedy: `give ${expected}`
  })
}
