import { isPrintable } from './format.ts'

const HTML: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;'
}
const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D'
}
const UNRESERVED = /[A-Za-z0-9\-_.~]/

export const escapeHtml = (text: string): string => text.replace(/[\0"'&<>]/g, c => HTML[c] ?? c)

/** For a string literal of JavaScript; not for JSON, where `\'` is an error. */
export const escapeJs = (text: string): string =>
  text.replace(/[\\'"<>&=\0-\x1f]|[^\0-\x7f]/gu, c => JS[c] ?? (c > ' ' && isPrintable(c) ? c : codeUnit(c)))

export function escapeQuery(text: string): string {
  let out = ''
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte)
    if (char === ' ') out += '+'
    else out += UNRESERVED.test(char) ? char : `%${hex(byte, 2)}`
  }
  return out
}

const codeUnit = (char: string): string => `\\u${hex(char.codePointAt(0) ?? 0, 4)}`
const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0')
