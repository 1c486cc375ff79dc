import { Failure } from './errors.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\'
}
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gsu
const INTEGER =
  /^[+-]?(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[bB]_?[01]+(?:_[01]+)*|0[oO]?(?:_?[0-7]+)+|0|[1-9][0-9]*(?:_[0-9]+)*)$/
const FLOAT =
  /^[+-]?(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?$/
const MAX_INT = 2n ** 63n - 1n
const MIN_INT = -(2n ** 63n)

/** What a string token stands for. Bytes written as `\x` become the character of that UTF-8, or U+FFFD. */
export function unquote(token: string): string {
  // a raw string drops carriage returns, so that a file with Windows line ends means the same
  if (token.startsWith('`')) return token.slice(1, -1).replaceAll('\r', '')
  return unescaped(token.slice(1, -1), '"')
}

/** A character constant is its code point, as an int. */
export function charValue(token: string): bigint {
  const text = unescaped(token.slice(1, -1), "'")
  const [char, ...rest] = text
  if (char === undefined || rest.length > 0) {
    throw new Failure(`${token} is not one character`, `write one character between ' and ', or use " for text`)
  }
  return BigInt(char.codePointAt(0) ?? 0)
}

/** An int (`bigint`) or a float64 (`number`), by Go's rules for constants. */
export function numberValue(token: string): bigint | number {
  if (token.endsWith('i') && !/^[+-]?0[xX]/.test(token)) throw unsupported(`the complex number ${token}`)
  if (INTEGER.test(token)) return integer(token)
  if (/^[+-]?0[xX]/.test(token) && /[.pP]/.test(token)) throw unsupported(`the hexadecimal fraction ${token}`)
  if (FLOAT.test(token) && /[.eE]/.test(token)) return float(token)
  throw new Failure(`"${token}" is no number`, 'write it like 12, 0x1f or 1.5')
}

function integer(token: string): bigint {
  const negative = token.startsWith('-')
  const digits = token.replace(/^[+-]/, '').replaceAll('_', '')
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
  const value = negative ? -BigInt(octal) : BigInt(octal)
  if (value > MAX_INT || value < MIN_INT)
    throw new Failure(`${token} does not fit in 64 bits`, 'write a smaller number')
  return value
}

function float(token: string): number {
  const value = Number(token.replaceAll('_', ''))
  if (!Number.isFinite(value)) throw new Failure(`${token} is too large`, 'write a smaller number')
  return value
}

function unescaped(text: string, quote: string): string {
  if (!text.includes('\\')) return text
  const bytes: number[] = []
  let out = ''
  const flush = (): void => {
    if (bytes.length > 0) out += new TextDecoder().decode(Uint8Array.from(bytes.splice(0)))
  }
  let end = 0
  for (const match of text.matchAll(ESCAPE)) {
    if (match.index > end) flush()
    out += text.slice(end, match.index)
    end = match.index + match[0].length
    const byte = byteOf(match)
    if (byte !== undefined) {
      bytes.push(byte)
      continue
    }
    flush()
    out += characterOf(match, quote)
  }
  flush()
  return out + text.slice(end)
}

function byteOf([whole, hex, , , octal]: RegExpExecArray): number | undefined {
  if (hex !== undefined) return Number.parseInt(hex, 16)
  if (octal === undefined) return undefined
  const value = Number.parseInt(octal, 8)
  if (value > 255) throw new Failure(`${whole} is no byte`, 'write \\000 to \\377')
  return value
}

function characterOf([whole, , short, long, , simple]: RegExpExecArray, quote: string): string {
  const hex = short ?? long
  if (hex !== undefined) {
    const code = Number.parseInt(hex, 16)
    if (code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) return String.fromCodePoint(code)
    throw new Failure(`${whole} is no character`, 'write a code point of Unicode')
  }
  const char = simple === quote ? quote : ESCAPES[simple ?? '']
  if (char === undefined) throw new Failure(`${whole} means nothing in Go`, 'write "\\\\" for a backslash')
  return char
}

function unsupported(what: string): Failure {
  return new Failure(what, 'write a whole number or a decimal fraction', 'unsupported')
}
