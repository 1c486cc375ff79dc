import { Failure, placeOf, TemplateLimitError, TemplateSyntaxError, TemplateUnsupportedError } from './errors.ts'
import { lex } from './lexer.ts'
import { TEMPLATE_LIMITS } from './limits.ts'
import type { Token, TokenKind } from './tokens.ts'

const END: Token = { kind: 'end', text: '', at: 0 }

/** A place among the tokens of a template, and what is said of what stands there. */
export class Cursor {
  /** number of the next token; an earlier one goes back to it */
  at = 0
  readonly #source: string
  readonly #tokens: readonly Token[]
  #depth = 0

  constructor(source: string) {
    this.#source = source
    this.#tokens = lex(source)
  }

  /** the next token, a space too */
  get here(): Token {
    return this.#tokens[this.at] ?? END
  }

  /** The next token that is no space. @throws TemplateSyntaxError where the lexer found no token */
  peek(): Token {
    while (this.#tokens[this.at]?.kind === 'space') this.at++
    const token = this.#tokens[this.at] ?? END
    if (token.kind === 'error') throw this.syntax(token.text, token.at, token.remedy ?? '')
    return token
  }

  take(): Token {
    const token = this.peek()
    this.at++
    return token
  }

  expect(kind: TokenKind, context: string): void {
    const token = this.take()
    if (token.kind !== kind) throw this.unexpected(token, context)
  }

  isKeyword(text: string): boolean {
    const token = this.peek()
    return token.kind === 'keyword' && token.text === text
  }

  /** Takes the keyword if it is next. */
  keyword(text: string): boolean {
    const found = this.isKeyword(text)
    if (found) this.at++
    return found
  }

  /** One action inside of another: call `up` when it has been read. @throws TemplateLimitError */
  deeper(at: number): void {
    if (++this.#depth <= TEMPLATE_LIMITS.depth) return
    const place = placeOf(this.#source, at)
    throw new TemplateLimitError('nested actions', TEMPLATE_LIMITS.depth, place, 'nest less deeply')
  }

  up(): void {
    this.#depth--
  }

  /** What a token stands for. @throws TemplateSyntaxError, TemplateUnsupportedError */
  literal<T>(token: Token, read: (text: string) => T): T {
    try {
      return read(token.text)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const place = placeOf(this.#source, token.at)
      if (error.kind === 'unsupported') throw new TemplateUnsupportedError(error.message, place, error.remedy ?? '')
      throw new TemplateSyntaxError(error.message, place, error.remedy === undefined ? {} : { remedy: error.remedy })
    }
  }

  unexpected(token: Token, context: string): TemplateSyntaxError {
    if (token.kind === 'error') return this.syntax(token.text, token.at, token.remedy ?? '')
    return this.syntax(
      `${shown(token)} cannot stand in this ${context}`,
      token.at,
      'remove it, or put a space before it'
    )
  }

  syntax(message: string, at: number, remedy: string, meant?: string): TemplateSyntaxError {
    const full = meant === undefined ? message : `${message}, did you mean "${meant}"?`
    return new TemplateSyntaxError(full, placeOf(this.#source, at), { remedy })
  }
}

/** A token as it is told to a person. */
export function shown(token: Token): string {
  if (token.kind === 'end') return 'the end of the template'
  return `"${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}"`
}
