import { GoMap, isList, type Value } from './values.ts'

/** What `{{.x}}` prints: Go's `fmt.Fprint` of one value, with its text for one that is missing. */
export function printed(value: Value): string {
  return value === undefined || value === null ? '<no value>' : shown(value)
}

/** Go's `%v`. */
export function shown(value: Value): string {
  if (value === undefined || value === null) return '<nil>'
  if (isList(value)) return `[${value.map(shown).join(' ')}]`
  if (value instanceof GoMap)
    return `map[${value
      .sorted()
      .map(([key, v]) => `${key}:${shown(v)}`)
      .join(' ')}]`
  return typeof value === 'number' ? shownFloat(value) : String(value)
}

/** Go's `fmt.Sprint`: a space between neighbours when neither is text. */
export function sprint(values: readonly Value[]): string {
  let out = ''
  values.forEach((value, i) => {
    if (i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string') out += ' '
    out += shown(value)
  })
  return out
}

/** Go's `%v` of a float64: the shortest text that reads back the same, with an exponent below 1e-4 and from 1e6. */
export function shownFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const scientific = value.toExponential()
  const power = Number(scientific.slice(scientific.indexOf('e') + 1))
  return power < -4 || power >= 6 ? twoDigitExponent(scientific) : String(value)
}

/** JavaScript writes `1e-5`, Go `1e-05`. */
export const twoDigitExponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2')

const PRINTS = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** Go's `unicode.IsPrint`. */
export const isPrintable = (char: string): boolean => PRINTS.test(char)

const QUOTED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\'
}

/** Go's `strconv.Quote`; `ascii` as `%+q`. */
export function quote(text: string, mark: '"' | "'" = '"', ascii = false): string {
  let out = mark as string
  for (const char of text) out += char === mark ? `\\${mark}` : (QUOTED[char] ?? quotedRune(char, ascii))
  return out + mark
}

function quotedRune(char: string, ascii: boolean): string {
  const code = char.codePointAt(0) ?? 0
  if (isPrintable(char) && !(ascii && code > 126)) return char
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
