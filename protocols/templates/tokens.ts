/** Tokens of Go's text/template, inside and outside of `{{ }}`. */
export type TokenKind =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'string'
  | 'char'
  | 'number'
  | 'variable'
  | 'field'
  | 'dot'
  | 'word'
  | 'keyword'
  | 'open'
  | 'close'
  | 'comma'
  | 'mark'
  | 'error'
  | 'end'

export interface Token {
  kind: TokenKind
  text: string
  /** offset in the source */
  at: number
  remedy?: string
}

export const KEYWORDS: ReadonlySet<string> = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with'
])
