import { Failure } from './errors.ts'
import { quote, shown, shownFloat, twoDigitExponent } from './format.ts'
import { GoMap, isList, typeName, type Value } from './values.ts'

/** Go's own limit of widths and precisions. */
const MAX_WIDTH = 1_000_000
const DIRECTIVE = /%([-+# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:(\.)(?:\[(\d+)\])?(\*|\d+)?)?(?:\[(\d+)\])?(.)?/gsu

interface Style {
  minus: boolean
  plus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  width: number | undefined
  precision: number | undefined
}

/** Go's `fmt.Sprintf` for the values that templates have. Mistakes print as in Go: `%!d(string=x)`. */
export function sprintf(format: string, values: readonly Value[]): string {
  const args = new Arguments(values)
  const out = format.replace(DIRECTIVE, (...match: (string | undefined)[]) => directive(match, args))
  return out + args.extra()
}

class Arguments {
  readonly #values: readonly Value[]
  #next = 0
  #reordered = false
  bad = false

  constructor(values: readonly Value[]) {
    this.#values = values
  }

  /** `[n]` says which argument is next; one that is not there makes the directive bad. */
  goTo(index: string | undefined): void {
    if (index === undefined) return
    this.#reordered = true
    const at = Number(index) - 1
    if (at < 0 || at >= this.#values.length) this.bad = true
    else this.#next = at
  }

  get ended(): boolean {
    return this.#next >= this.#values.length
  }

  take(): Value {
    return this.#values[this.#next++]
  }

  takeSize(): number | undefined {
    const value = this.ended ? undefined : this.take()
    if (typeof value !== 'bigint' || value > MAX_WIDTH || value < -MAX_WIDTH) return undefined
    return Number(value)
  }

  extra(): string {
    if (this.#reordered || this.ended) return ''
    const rest = this.#values.slice(this.#next)
    return `%!(EXTRA ${rest.map(v => (v === null || v === undefined ? '<nil>' : `${typeName(v)}=${shown(v)}`)).join(', ')})`
  }
}

function directive(match: readonly (string | undefined)[], args: Arguments): string {
  const [, flags = '', widthIndex, width, dot, precisionIndex, precision, verbIndex, verb] = match
  args.bad = false
  const style = styleOf(flags)
  let problem = ''
  args.goTo(widthIndex)
  if (width !== undefined) problem += setWidth(style, width, args)
  args.goTo(precisionIndex)
  if (dot !== undefined) problem += setPrecision(style, precision, args)
  args.goTo(verbIndex)
  if (verb === undefined) return `${problem}%!(NOVERB)`
  if (verb === '%') return `${problem}%`
  if (args.bad) return `${problem}%!${verb}(BADINDEX)`
  if (args.ended) return `${problem}%!${verb}(MISSING)`
  // `%+v` adds the names of fields in Go, and nothing here has fields
  return problem + formatted(verb, args.take(), verb === 'v' ? { ...style, plus: false } : style)
}

function styleOf(flags: string): Style {
  const has = (flag: string): boolean => flags.includes(flag)
  return {
    minus: has('-'),
    plus: has('+'),
    sharp: has('#'),
    space: has(' '),
    zero: has('0'),
    width: undefined,
    precision: undefined
  }
}

function setWidth(style: Style, text: string, args: Arguments): string {
  const width = text === '*' ? args.takeSize() : Number(text)
  if (width === undefined || width > MAX_WIDTH) return '%!(BADWIDTH)'
  style.minus ||= width < 0
  style.width = Math.abs(width)
  return ''
}

function setPrecision(style: Style, text: string | undefined, args: Arguments): string {
  if (text !== '*') {
    style.precision = Number(text ?? 0)
    return ''
  }
  const given = args.takeSize()
  style.precision = given !== undefined && given >= 0 ? given : undefined
  return style.precision === undefined ? '%!(BADPREC)' : ''
}

function formatted(verb: string, value: Value, style: Style): string {
  if (verb === 'w' || verb === 'p') throw unsupported(`"%${verb}"`)
  if (verb === 'T') return pad(value === null || value === undefined ? '<nil>' : typeName(value), style)
  if (value === null || value === undefined)
    return pad(verb === 'v' ? '<nil>' : `%!${verb}(<nil>)`, verb === 'v' ? style : PLAIN)
  if (verb === 'v' && style.sharp && !isScalar(value)) throw unsupported('"%#v" of a list or a map')
  const text = textOf(verb, value, style)
  if (text !== undefined) return text
  if (!isScalar(value)) return elements(verb, value, style)
  return `%!${verb}(${typeName(value)}=${formatted('v', value, { ...style, sharp: false })})`
}

function textOf(verb: string, value: Value, style: Style): string | undefined {
  switch (typeof value) {
    case 'string':
      return formatString(verb, value, style)
    case 'bigint':
      return formatInt(verb, value, style)
    case 'number':
      return formatFloat(verb, value, style)
    case 'boolean':
      return verb === 't' || verb === 'v' ? pad(String(value), style) : undefined
    default:
      return undefined
  }
}

/** Each element of a list or map is formatted by itself. */
function elements(verb: string, value: Value, style: Style): string {
  if (isList(value)) return `[${value.map(v => formatted(verb, v, style)).join(' ')}]`
  if (!(value instanceof GoMap)) return ''
  const entries = value.sorted().map(([key, v]) => `${formatted(verb, key, style)}:${formatted(verb, v, style)}`)
  return `map[${entries.join(' ')}]`
}

function formatString(verb: string, value: string, style: Style): string | undefined {
  const cut = style.precision === undefined ? value : Array.from(value).slice(0, style.precision).join('')
  switch (verb) {
    case 'v':
      return pad(style.sharp ? quote(value) : cut, style)
    case 's':
      return pad(cut, style)
    case 'q':
      if (style.sharp) throw unsupported('"%#q"')
      return pad(quote(cut, '"', style.plus), style)
    case 'x':
    case 'X':
      return pad(hexBytes(value, verb, style), style)
    default:
      return undefined
  }
}

function hexBytes(value: string, verb: string, style: Style): string {
  const bytes = new TextEncoder().encode(value).subarray(0, style.precision)
  const parts = Array.from(bytes, b => b.toString(16).padStart(2, '0'))
  const prefix = style.sharp && parts.length > 0 ? '0x' : ''
  const text = prefix + parts.join(style.space ? ` ${prefix}` : '')
  return verb === 'X' ? text.toUpperCase() : text
}

const BASES: Readonly<Record<string, { base: number; prefix: string }>> = {
  d: { base: 10, prefix: '' },
  v: { base: 10, prefix: '' },
  b: { base: 2, prefix: '0b' },
  o: { base: 8, prefix: '0' },
  O: { base: 8, prefix: '0o' },
  x: { base: 16, prefix: '0x' },
  X: { base: 16, prefix: '0X' }
}

function formatInt(verb: string, value: bigint, style: Style): string | undefined {
  if (verb === 'c') return pad(runeOf(value), style)
  if (verb === 'q') return pad(quote(runeOf(value), "'", style.plus), style)
  if (verb === 'U') {
    if (style.sharp) throw unsupported('"%#U"')
    return pad(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, { ...style, zero: false })
  }
  const base = BASES[verb]
  if (base === undefined) return undefined
  return pad(intText(verb, value, style, base), { ...style, zero: false })
}

function intText(
  verb: string,
  value: bigint,
  style: Style,
  { base, prefix }: { base: number; prefix: string }
): string {
  const { precision, width = 0 } = style
  if (precision === 0 && value === 0n) return ''
  const digits = (value < 0n ? -value : value).toString(base)
  const body = verb === 'X' ? digits.toUpperCase() : digits
  const sign = value < 0n ? '-' : positiveSign(style)
  const before = sign + (verb === 'O' || (style.sharp && verb !== 'v') ? prefix : '')
  if (precision !== undefined) return before + body.padStart(precision, '0')
  return before + (style.zero && !style.minus ? body.padStart(width - sign.length, '0') : body)
}

const positiveSign = (style: Style): string => (style.plus ? '+' : style.space ? ' ' : '')

const runeOf = (value: bigint): string =>
  value < 0n || value > 0x10ffffn || (value >= 0xd800n && value <= 0xdfffn)
    ? '\ufffd'
    : String.fromCodePoint(Number(value))

function formatFloat(verb: string, value: number, style: Style): string | undefined {
  if (style.sharp && 'eEfFgGv'.includes(verb)) throw unsupported(`"%#${verb}"`)
  const text = floatText(verb, Math.abs(value), style.precision)
  if (text === undefined) return undefined
  const sign = value < 0 || Object.is(value, -0) ? '-' : positiveSign(style) || (text === 'Inf' ? '+' : '')
  const zeros = style.zero && !style.minus && Number.isFinite(value)
  const filled = zeros ? text.padStart((style.width ?? 0) - sign.length, '0') : text
  return pad(sign + filled, { ...style, zero: false })
}

function floatText(verb: string, value: number, precision: number | undefined): string | undefined {
  if (!'eEfFgGv'.includes(verb)) {
    if ('bxX'.includes(verb)) throw unsupported(`"%${verb}" of a float`)
    return undefined
  }
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return 'Inf'
  // toFixed and toExponential stop at 100 digits, and a float64 has 17
  if ((precision ?? 0) > 100) throw unsupported('a precision above 100')
  const lower = verb.toLowerCase()
  if (lower === 'e') return upper(verb, twoDigitExponent(value.toExponential(precision ?? 6)))
  if (lower === 'f') return fixed(value, precision ?? 6)
  if (precision === undefined) return upper(verb, shownFloat(value))
  return upper(verb, general(value, precision === 0 ? 1 : precision))
}

/** `toFixed` gives an exponent from 1e21 on, where every float64 is a whole number. */
function fixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(precision)
  return BigInt(value).toString() + (precision === 0 ? '' : `.${'0'.repeat(precision)}`)
}

function general(value: number, precision: number): string {
  if (value === 0) return '0'
  const [mantissa = '', exponent = '0'] = value.toExponential(precision - 1).split('e')
  const power = Number(exponent)
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa
  const digits = short.replace('.', '').length
  const threshold = precision > digits && digits >= power + 1 ? digits : precision
  if (power < -4 || power >= threshold) return twoDigitExponent(`${short}e${power < 0 ? '-' : '+'}${Math.abs(power)}`)
  return trimZeros(value.toFixed(Math.max(0, precision - 1 - power)))
}

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
const upper = (verb: string, text: string): string => (verb === verb.toLowerCase() ? text : text.toUpperCase())

function pad(text: string, style: Style): string {
  const missing = (style.width ?? 0) - Array.from(text).length
  if (missing <= 0) return text
  if (style.minus) return text + ' '.repeat(missing)
  return (style.zero ? '0' : ' ').repeat(missing) + text
}

const PLAIN: Style = styleOf('')
const isScalar = (value: Value): boolean => !isList(value) && !(value instanceof GoMap)

function unsupported(what: string): Failure {
  return new Failure(what, 'use %v, %s, %d or %.2f', 'unsupported')
}
