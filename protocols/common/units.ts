import { InvalidInputError } from './errors.ts'
import { MAX_AMOUNT } from './max-amount.ts'

/** Longest text of a quantity: more digits than any limit has, few enough to be cheap. */
const MAX_QUANTITY_CHARS = 48

type UnitTable = Readonly<Record<string, bigint>>

/** Keys in lower case; `M` or `G` alone is refused, because half of the tools mean 10^6 by it and half 2^20. */
const SIZE_UNITS: UnitTable = {
  b: 1n,
  kb: 1000n,
  mb: 1000n ** 2n,
  gb: 1000n ** 3n,
  tb: 1000n ** 4n,
  kib: 1024n,
  mib: 1024n ** 2n,
  gib: 1024n ** 3n,
  tib: 1024n ** 4n
}
const DURATION_UNITS: UnitTable = {
  ms: 1n,
  s: 1000n,
  sec: 1000n,
  m: 60_000n,
  min: 60_000n,
  h: 3_600_000n,
  d: 86_400_000n
}
/** In thousandths of a core. */
const CPU_UNITS: UnitTable = { m: 1n, '': 1000n }
/** In thousandths. */
const PERCENT_UNITS: UnitTable = { '%': 10n }

interface Quantity {
  units: UnitTable
  /** what is expected, with an example: ends the sentence "expected …" */
  expected: string
  /** several pieces such as `1m30s` */
  compound?: boolean
}

const SIZE: Quantity = { units: SIZE_UNITS, expected: 'a size with a unit, such as 256MiB or 1GB' }
const DURATION: Quantity = {
  units: DURATION_UNITS,
  expected: 'a time with a unit, such as 90s or 1m30s',
  compound: true
}
const CPU: Quantity = { units: CPU_UNITS, expected: 'a number of cores, such as 0.5 or 500m' }
const PERCENT: Quantity = { units: PERCENT_UNITS, expected: 'a percentage, such as 5% or 0.5%' }

/**
 * Bytes from text such as `256MiB`. A part of a byte is rounded up: a need is never met by less than was asked for.
 *
 * @throws InvalidInputError
 */
export function parseSize(value: unknown, field: string): number {
  return quantity(value, field, SIZE, ceil)
}

/** Milliseconds from text such as `2m`, `90s`, `1500ms` or `1m30s`, rounded up. @throws InvalidInputError */
export function parseDuration(value: unknown, field: string): number {
  return quantity(value, field, DURATION, ceil)
}

/** Thousandths of a core from `0.5`, `"0.5"` or `"500m"`, rounded up. @throws InvalidInputError */
export function parseCpu(value: unknown, field: string): number {
  return quantity(typeof value === 'number' ? decimalText(value) : value, field, CPU, ceil)
}

/** Thousandths from `5%`; finer than 0.1 % is refused, since rounding would change the odds. @throws InvalidInputError */
export function parsePercent(value: unknown, field: string): number {
  return quantity(value, field, PERCENT, exact)
}

/** The shortest exact text: `256MiB`, `1GB`, `1001B`. `parseSize` reads it back to the same number. */
export function formatSize(bytes: number): string {
  return format(bytes, [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
    ['TB', 1e12],
    ['GB', 1e9],
    ['MB', 1e6],
    ['KB', 1e3],
    ['B', 1]
  ])
}

/** The shortest exact text: `2m`, `90s`, `1500ms`. */
export function formatDuration(ms: number): string {
  return format(ms, [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1]
  ])
}

/** Cores as a decimal: 500 → `0.5`. */
export function formatCpu(cpuMillis: number): string {
  return formatAmount(BigInt(cpuMillis), 3)
}

/** 50 thousandths → `5%`. */
export function formatPercent(perMille: number): string {
  return `${formatAmount(BigInt(perMille), 1)}%`
}

/** A decimal string of the token's smallest unit, below 2^96, as JSON carries amounts. @throws InvalidInputError */
export function parseUnits(value: unknown, field: string): bigint {
  if (typeof value !== 'string' || value.length > MAX_QUANTITY_CHARS || !/^(?:0|[1-9]\d*)$/.test(value)) {
    throw bad(field, value, 'a whole number of smallest units as text, such as "1500000"')
  }
  return capAmount(BigInt(value), field, value)
}

/**
 * An amount as people write it: `1.5` with 6 decimals is 1,500,000 smallest units. More decimals than the token has are
 * refused: money is never rounded.
 *
 * @throws InvalidInputError
 */
export function parseAmount(value: unknown, decimals: number, field: string): bigint {
  const expected = `an amount such as 1.5, with at most ${decimals} decimals`
  const textual = typeof value === 'number' ? decimalText(value) : value
  if (typeof textual !== 'string' || textual.length > MAX_QUANTITY_CHARS) throw bad(field, value, expected)
  const match = /^(\d+)(?:\.(\d+))?$/.exec(textual.trim())
  const fraction = match?.[2] ?? ''
  if (match === null || fraction.length > decimals) throw bad(field, value, expected)
  return capAmount(BigInt(`${match[1]}${fraction.padEnd(decimals, '0')}`), field, value)
}

/** 1,500,000 with 6 decimals → `1.5`. Exact: `parseAmount` reads it back to the same number. */
export function formatAmount(units: bigint, decimals: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

type Rounding = (numerator: bigint, denominator: bigint) => bigint | undefined
const ceil: Rounding = (n, d) => (n + d - 1n) / d
const exact: Rounding = (n, d) => (n % d === 0n ? n / d : undefined)

const PIECE = /(\d+)(?:\.(\d+))?\s*([a-z%]*)\s*/gy

function quantity(value: unknown, field: string, kind: Quantity, round: Rounding): number {
  const expected = kind.expected
  if (typeof value !== 'string' || value.length > MAX_QUANTITY_CHARS) throw bad(field, value, expected)
  const source = value.trim().toLowerCase()
  const pieces = [...source.matchAll(PIECE)]
  const readChars = pieces.reduce((sum, piece) => sum + piece[0].length, 0)
  if (pieces.length === 0 || readChars !== source.length) throw bad(field, value, expected)
  if (pieces.length > 1 && kind.compound !== true) throw bad(field, value, expected)
  let numerator = 0n
  let denominator = 1n
  for (const [, whole = '', fraction = '', unit = ''] of pieces) {
    const factor = Object.hasOwn(kind.units, unit) ? kind.units[unit] : undefined
    if (factor === undefined) throw bad(field, value, expected)
    const scale = 10n ** BigInt(fraction.length)
    numerator = numerator * scale + BigInt(`${whole}${fraction}`) * factor * denominator
    denominator *= scale
  }
  const result = round(numerator, denominator)
  if (result === undefined || result > BigInt(Number.MAX_SAFE_INTEGER)) throw bad(field, value, expected)
  return Number(result)
}

/** `1e-7` and the like are no decimals that people write: they fall through as text that does not parse. */
function decimalText(value: number): string {
  return Number.isFinite(value) ? String(value) : ''
}

function capAmount(units: bigint, field: string, value: unknown): bigint {
  if (units <= MAX_AMOUNT) return units
  throw new InvalidInputError(`${field}: the amount is too large`, {
    field,
    value,
    limit: 'below 2^96 smallest units',
    remedy: 'give a smaller amount'
  })
}

function format(value: number, units: readonly (readonly [string, number])[]): string {
  const smallest = units.at(-1)
  if (value === 0) return `0${smallest?.[0] ?? ''}`
  const [name, factor] = units.find(([, f]) => value % f === 0) ?? ['', 1]
  return `${value / factor}${name}`
}

function bad(field: string, value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError(`${field}: expected ${expected}`, {
    field,
    value,
    limit: expected,
    remedy: `write ${expected}`
  })
}
