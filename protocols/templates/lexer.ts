import { KEYWORDS, type Token, type TokenKind } from './tokens.ts'

const SPACES = ' \t\r\n'
const TRIM_LEFT = /^-[ \t\r\n]/
const TRIM_RIGHT = /[ \t\r\n]-\}\}/y
const RUN_OF_SPACE = /[ \t\r\n]+/y
const NAME = /[\p{L}\p{Nd}_]+/uy
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y
/** `1+2i` is one number, which the parser then refuses as complex */
const COMPLEX = /[+-][0-9_.eE]+i/y
const STRING = /"(?:\\[^\n]|[^"\\\n])*"/y
const RAW = /`[^`]*`/y
const CHAR = /'(?:\\[^\n]|[^'\\\n])*'/y
const PRINTABLE = /[!-~]/

/**
 * Splits a template into tokens. An unreadable place becomes one `error` token at the end, so that a mistake the parser
 * meets earlier is the one that is told.
 */
export function lex(source: string): Token[] {
  return new Lexer(source).run()
}

class Lexer {
  readonly #source: string
  readonly #tokens: Token[] = []
  #at = 0
  #parens = 0

  constructor(source: string) {
    this.#source = source
  }

  run(): Token[] {
    while (this.#at < this.#source.length) {
      if (!this.#text()) return this.#tokens
    }
    this.#push('end', '', this.#source.length)
    return this.#tokens
  }

  /** Text up to an action, then the action. False after an error. */
  #text(): boolean {
    const start = this.#at
    const open = this.#source.indexOf('{{', start)
    if (open === -1) {
      this.#push('text', this.#source.slice(start), start)
      this.#at = this.#source.length
      return true
    }
    const trims = TRIM_LEFT.test(this.#source.slice(open + 2, open + 4))
    const text = this.#source.slice(start, open)
    const kept = trims ? trimEnd(text) : text
    if (kept !== '') this.#push('text', kept, start)
    this.#at = open + 2 + (trims ? 2 : 0)
    if (this.#source.startsWith('/*', this.#at)) return this.#comment(open)
    this.#push('left', '{{', open)
    return this.#action(open)
  }

  #comment(open: number): boolean {
    const end = this.#source.indexOf('*/', this.#at + 2)
    if (end === -1) return this.#error('the comment has no end', open, 'close it with */}}')
    this.#at = end + 2
    if (this.#rightDelimiter()) return true
    return this.#error('text follows the comment inside its braces', this.#at, 'end the comment with */}} or */ -}}')
  }

  #action(open: number): boolean {
    this.#parens = 0
    for (;;) {
      const start = this.#at
      if (this.#atRight()) {
        if (this.#parens > 0) return this.#error('a parenthesis is not closed', start, 'add ")" before "}}"')
        this.#push('right', '}}', start)
        return this.#rightDelimiter()
      }
      if (start >= this.#source.length) return this.#error('"{{" has no end', open, 'close the action with "}}"')
      if (!this.#inside(start)) return false
    }
  }

  /** Passes `}}` or ` -}}`, and with the marker the space after it. */
  #rightDelimiter(): boolean {
    TRIM_RIGHT.lastIndex = this.#at
    if (TRIM_RIGHT.test(this.#source)) {
      this.#at += 4
      while (this.#at < this.#source.length && SPACES.includes(this.#source.charAt(this.#at))) this.#at++
      return true
    }
    if (!this.#source.startsWith('}}', this.#at)) return false
    this.#at += 2
    return true
  }

  #atRight(): boolean {
    TRIM_RIGHT.lastIndex = this.#at
    return this.#source.startsWith('}}', this.#at) || TRIM_RIGHT.test(this.#source)
  }

  #inside(start: number): boolean {
    const c = this.#source.charAt(start)
    if (SPACES.includes(c)) return this.#space(start)
    if (c === '"') return this.#quoted(STRING, 'string', 'the text in double quotes has no end')
    if (c === '`') return this.#quoted(RAW, 'string', 'the text in backquotes has no end')
    if (c === "'") return this.#quoted(CHAR, 'char', 'the character constant has no end')
    if (c === '$') return this.#named('variable', start + 1)
    const next = this.#source.charAt(start + 1)
    if (c === '.' && !(next >= '0' && next <= '9'))
      return this.#named(this.#nameAt(start + 1) ? 'field' : 'dot', start + 1)
    if (c === '.' || c === '+' || c === '-' || (c >= '0' && c <= '9')) return this.#number(start)
    if (this.#nameAt(start)) return this.#word(start)
    return this.#mark(c, start)
  }

  /** A run of space, without the one that belongs to ` -}}`. */
  #space(start: number): boolean {
    RUN_OF_SPACE.lastIndex = start
    let end = start + (RUN_OF_SPACE.exec(this.#source)?.[0].length ?? 1)
    if (this.#source.startsWith('-}}', end)) end--
    if (end > start) this.#push('space', this.#source.slice(start, end), start)
    this.#at = end
    return true
  }

  #quoted(pattern: RegExp, kind: TokenKind, problem: string): boolean {
    pattern.lastIndex = this.#at
    const text = pattern.exec(this.#source)?.[0]
    if (text === undefined) return this.#error(problem, this.#at, 'close the quotes on the same line')
    return this.#take(kind, this.#at + text.length)
  }

  #nameAt(at: number): string | undefined {
    NAME.lastIndex = at
    return NAME.exec(this.#source)?.[0]
  }

  #named(kind: TokenKind, at: number): boolean {
    const end = at + (this.#nameAt(at)?.length ?? 0)
    return this.#terminated(end) ? this.#take(kind, end) : this.#badCharacter(end)
  }

  #word(start: number): boolean {
    const word = this.#nameAt(start) ?? ''
    const end = start + word.length
    if (!this.#terminated(end)) return this.#badCharacter(end)
    return this.#take(KEYWORDS.has(word) ? 'keyword' : 'word', end)
  }

  #number(start: number): boolean {
    NUMBER.lastIndex = start
    const end = start + (NUMBER.exec(this.#source)?.[0].length ?? 0)
    COMPLEX.lastIndex = end
    const rest = COMPLEX.exec(this.#source)?.[0] ?? ''
    const next = this.#source.charAt(end + rest.length)
    const isNumber = end > start && !this.#nameAt(end + rest.length) && next !== '+' && next !== '-'
    if (isNumber) return this.#take('number', end + rest.length)
    const shown = this.#source.slice(start, end + 1)
    return this.#error(`"${shown}" is no number`, start, 'write a number, or put spaces around a name')
  }

  #mark(c: string, start: number): boolean {
    if (c === '(') this.#parens++
    if (c === ')' && --this.#parens < 0) return this.#error('")" closes nothing', start, 'remove it')
    if (c === ':') {
      if (this.#source.charAt(start + 1) === '=') return this.#take('declare', start + 2)
      return this.#error('":" is not followed by "="', start, 'declare a variable with ":="')
    }
    const kind = MARKS[c] ?? (PRINTABLE.test(c) ? 'mark' : undefined)
    return kind === undefined ? this.#badCharacter(start) : this.#take(kind, start + 1)
  }

  /** A name ends before space, a mark that Go allows there, or the end of the action: `$x+2` is an error in Go too. */
  #terminated(end: number): boolean {
    const c = this.#source.charAt(end)
    return c === '' || ` \t\r\n.,|:)(`.includes(c) || this.#source.startsWith('}}', end)
  }

  #badCharacter(at: number): boolean {
    const code = this.#source.codePointAt(at) ?? 0
    const shown = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    const c = code > 0x20 && code !== 0x7f ? ` "${String.fromCodePoint(code)}"` : ''
    return this.#error(`${shown}${c} cannot stand here`, at, 'put it in quotes, or a space before it')
  }

  #take(kind: TokenKind, end: number): true {
    this.#push(kind, this.#source.slice(this.#at, end), this.#at)
    this.#at = end
    return true
  }

  #push(kind: TokenKind, text: string, at: number): void {
    this.#tokens.push({ kind, text, at })
  }

  #error(text: string, at: number, remedy: string): false {
    this.#tokens.push({ kind: 'error', text, at, remedy })
    return false
  }
}

const MARKS: Readonly<Record<string, TokenKind>> = {
  '(': 'open',
  ')': 'close',
  '|': 'pipe',
  '=': 'assign',
  ',': 'comma'
}

function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && SPACES.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
