import { TooLargeError } from '../common/errors.ts'
import { nearest } from '../common/nearest.ts'
import { Failure, placeOf, TemplateLimitError, TemplateSyntaxError, TemplateUnsupportedError } from './errors.ts'
import { lex } from './lexer.ts'
import { TEMPLATE_LIMITS } from './limits.ts'
import { charValue, numberValue, unquote } from './literals.ts'
import type { Command, Node, Operand, Pipe, Template } from './nodes.ts'
import type { Token, TokenKind } from './tokens.ts'

const NO_COMMAND: ReadonlySet<Operand['kind']> = new Set(['dot', 'nil', 'literal'])

/**
 * Reads a template. `functions` are the names it may call.
 * @throws TemplateSyntaxError, TemplateLimitError, TemplateUnsupportedError, TooLargeError
 */
export function parseTemplate(source: string, functions: ReadonlySet<string>): Template {
  const size = Buffer.byteLength(source)
  if (size > TEMPLATE_LIMITS.sourceBytes) throw new TooLargeError('template', size, TEMPLATE_LIMITS.sourceBytes)
  return new Parser(source, functions).template()
}

interface Ending {
  kind: 'end' | 'else'
  at: number
}

class Parser {
  readonly #source: string
  readonly #functions: ReadonlySet<string>
  readonly #tokens: readonly Token[]
  readonly #defined = new Map<string, readonly Node[]>()
  #next = 0
  #depth = 0
  #ranges = 0
  #variables: string[] = ['$']

  constructor(source: string, functions: ReadonlySet<string>) {
    this.#source = source
    this.#functions = functions
    this.#tokens = lex(source)
  }

  template(): Template {
    const body: Node[] = []
    while (this.#peek().kind !== 'end') {
      if (this.#definition()) continue
      const node = this.#node()
      if (isEnding(node)) {
        throw this.#syntax(`{{${node.kind}}} without {{if}}, {{range}} or {{with}}`, node.at, `remove it`)
      }
      body.push(node)
    }
    return { source: this.#source, body, defined: this.#defined }
  }

  #definition(): boolean {
    if (this.#peek().kind !== 'left') return false
    const start = this.#next
    const { at } = this.#take()
    if (!this.#keyword('define')) {
      this.#next = start
      return false
    }
    const name = this.#name('define')
    this.#expect('right', 'define')
    this.#define(name, this.#separately(at, 'define'), at)
    return true
  }

  /** The body of `define` or `block`, which sees no variables of its surroundings. */
  #separately(at: number, what: string): readonly Node[] {
    const [variables, ranges] = [this.#variables, this.#ranges]
    this.#variables = ['$']
    this.#ranges = 0
    const { nodes, ending } = this.#list(at, what)
    if (ending.kind === 'else') throw this.#syntax(`{{else}} in {{${what}}}`, ending.at, 'end it with {{end}}')
    this.#variables = variables
    this.#ranges = ranges
    return nodes
  }

  #define(name: string, nodes: readonly Node[], at: number): void {
    const before = this.#defined.get(name)
    if (before !== undefined && !isEmpty(before)) {
      if (isEmpty(nodes)) return
      throw this.#syntax(`the template "${name}" is defined twice`, at, 'give one of them another name')
    }
    this.#defined.set(name, nodes)
  }

  #list(at: number, what: string): { nodes: readonly Node[]; ending: Ending } {
    const nodes: Node[] = []
    while (this.#peek().kind !== 'end') {
      const node = this.#node()
      if (isEnding(node)) return { nodes, ending: node }
      nodes.push(node)
    }
    throw this.#syntax(`{{${what}}} has no {{end}}`, at, 'add {{end}}')
  }

  #node(): Node | Ending {
    const token = this.#take()
    if (token.kind === 'text') return { kind: 'text', at: token.at, text: token.text }
    if (token.kind !== 'left') throw this.#unexpected(token, 'template')
    return this.#action(token.at)
  }

  #action(at: number): Node | Ending {
    const word = this.#peek()
    if (word.kind !== 'keyword' || word.text === 'nil') {
      return { kind: 'print', at: word.at, pipe: this.#pipe('action', 'right') }
    }
    this.#take()
    switch (word.text) {
      case 'if':
      case 'with':
      case 'range':
        return this.#control(word.text, at)
      case 'end':
        this.#expect('right', 'end')
        return { kind: 'end', at }
      case 'else':
        if (!this.#isKeyword('if') && !this.#isKeyword('with')) this.#expect('right', 'else')
        return { kind: 'else', at }
      case 'break':
      case 'continue':
        this.#expect('right', word.text)
        if (this.#ranges === 0) throw this.#syntax(`{{${word.text}}} outside of {{range}}`, at, 'remove it')
        return { kind: word.text, at }
      case 'template':
        return this.#call(at)
      case 'block':
        return this.#block(at)
      default:
        throw this.#syntax(`{{${word.text}}} inside of another action`, word.at, 'move it to the top level')
    }
  }

  #control(kind: 'if' | 'with' | 'range', at: number): Node {
    this.#deeper(at)
    const scope = this.#variables.length
    const pipe = this.#pipe(kind, 'right')
    if (kind === 'range') this.#ranges++
    const { nodes, ending } = this.#list(at, kind)
    if (kind === 'range') this.#ranges--
    const otherwise = ending.kind === 'else' ? this.#otherwise(kind, ending.at) : []
    this.#variables.length = scope
    this.#depth--
    return { kind, at: pipe.at, pipe, body: nodes, otherwise }
  }

  /** `else if` shares the `end` of the first `if`. */
  #otherwise(kind: string, at: number): readonly Node[] {
    for (const chained of ['if', 'with'] as const) {
      if (kind !== chained || !this.#keyword(chained)) continue
      return [this.#control(chained, at)]
    }
    const { nodes, ending } = this.#list(at, 'else')
    if (ending.kind === 'else') throw this.#syntax('a second {{else}}', ending.at, 'remove one of them')
    return nodes
  }

  #call(at: number): Node {
    const name = this.#name('template')
    if (this.#peek().kind === 'right') {
      this.#take()
      return { kind: 'template', at, name, pipe: undefined }
    }
    return { kind: 'template', at, name, pipe: this.#pipe('template', 'right') }
  }

  #block(at: number): Node {
    this.#deeper(at)
    const name = this.#name('block')
    const pipe = this.#pipe('block', 'right')
    this.#define(name, this.#separately(at, 'block'), at)
    this.#depth--
    return { kind: 'template', at, name, pipe }
  }

  #name(what: string): string {
    const token = this.#take()
    if (token.kind === 'string') return this.#literal(token, unquote)
    throw this.#syntax(
      `{{${what}}} wants a name in quotes, not ${shown(token)}`,
      token.at,
      `write {{${what} "name" …}}`
    )
  }

  #pipe(context: string, end: TokenKind): Pipe {
    const at = this.#peek().at
    const { declares, assigns } = this.#declarations(context)
    const commands: Command[] = []
    for (;;) {
      const token = this.#peek()
      if (token.kind === end) break
      if (!STARTS_OPERAND.has(token.kind) && !isNil(token)) throw this.#unexpected(token, context)
      commands.push(this.#command())
    }
    this.#take()
    if (commands.length === 0) throw this.#syntax(`{{${context}}} has no value`, at, 'write what it is about')
    const stuck = commands.slice(1).find(c => NO_COMMAND.has(c.operands[0]?.kind ?? 'nil'))
    if (stuck) throw this.#syntax('what follows "|" is no function', stuck.at, 'pipe into a function such as js')
    return { at, declares, assigns, commands }
  }

  #declarations(context: string): { declares: string[]; assigns: boolean } {
    const declares: string[] = []
    for (;;) {
      const start = this.#next
      const variable = this.#peek()
      if (variable.kind !== 'variable') break
      this.#take()
      const after = this.#peek()
      if (after.kind === 'comma') {
        if (context !== 'range' || declares.length > 0) {
          throw this.#syntax('too many variables are declared', after.at, 'declare one variable in each action')
        }
        this.#take()
        this.#declare(declares, variable)
        const second = this.#peek()
        if (second.kind !== 'variable') throw this.#syntax('"," wants a variable', second.at, 'write $index, $item')
        continue
      }
      if (after.kind === 'assign' || after.kind === 'declare') {
        this.#take()
        this.#declare(declares, variable)
        return { declares, assigns: after.kind === 'assign' }
      }
      this.#next = start
      break
    }
    return { declares, assigns: false }
  }

  #declare(declares: string[], variable: Token): void {
    declares.push(variable.text)
    this.#variables.push(variable.text)
  }

  #command(): Command {
    const at = this.#peek().at
    const operands: Operand[] = []
    for (;;) {
      const operand = this.#operand()
      if (operand !== undefined) operands.push(operand)
      const token = this.#tokens[this.#next] ?? END
      if (token.kind === 'space') {
        this.#next++
        continue
      }
      if (token.kind === 'pipe') this.#next++
      else if (token.kind !== 'right' && token.kind !== 'close') throw this.#unexpected(token, 'operand')
      break
    }
    if (operands.length === 0) throw this.#syntax('nothing stands before "|"', at, 'write a value there')
    return { at, operands }
  }

  #operand(): Operand | undefined {
    const base = this.#term()
    if (base === undefined) return undefined
    const names: string[] = []
    const at = this.#tokens[this.#next]?.at ?? base.at
    while (this.#tokens[this.#next]?.kind === 'field') names.push((this.#tokens[this.#next++]?.text ?? '.').slice(1))
    if (names.length === 0) return base
    if (base.kind === 'field' || base.kind === 'variable') return { ...base, names: [...base.names, ...names] }
    if (NO_COMMAND.has(base.kind)) throw this.#syntax('a literal has no fields', at, 'remove the "."')
    return { kind: 'chain', at: base.at, base, names }
  }

  #term(): Operand | undefined {
    const token = this.#peek()
    const { at, text } = token
    if (!STARTS_OPERAND.has(token.kind) && !isNil(token)) return undefined
    this.#take()
    switch (token.kind) {
      case 'dot':
        return { kind: 'dot', at }
      case 'keyword':
        return { kind: 'nil', at }
      case 'field':
        return { kind: 'field', at, names: [text.slice(1)] }
      case 'variable':
        return this.#variable(token)
      case 'string':
        return { kind: 'literal', at, value: this.#literal(token, unquote) }
      case 'char':
        return { kind: 'literal', at, value: this.#literal(token, charValue) }
      case 'number':
        return { kind: 'literal', at, value: this.#literal(token, numberValue) }
      case 'open': {
        this.#deeper(at)
        const pipe = this.#pipe('parenthesis', 'close')
        this.#depth--
        return { kind: 'pipe', at, pipe }
      }
      default:
        return this.#word(token)
    }
  }

  #variable({ text, at }: Token): Operand {
    if (this.#variables.includes(text)) return { kind: 'variable', at, name: text, names: [] }
    const meant = nearest(text, this.#variables)
    throw this.#syntax(`the variable ${text} is not defined`, at, `define it with {{${text} := …}}`, meant)
  }

  #word({ text, at }: Token): Operand {
    if (text === 'true' || text === 'false') return { kind: 'literal', at, value: text === 'true' }
    if (this.#functions.has(text)) return { kind: 'function', at, name: text }
    const known = [...this.#functions]
    throw this.#syntax(
      `the function "${text}" is not defined`,
      at,
      `use one of ${known.join(', ')}; an input is written .${text}`,
      nearest(text, known)
    )
  }

  #literal<T>(token: Token, read: (text: string) => T): T {
    try {
      return read(token.text)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const place = placeOf(this.#source, token.at)
      if (error.kind === 'unsupported') throw new TemplateUnsupportedError(error.message, place, error.remedy ?? '')
      throw new TemplateSyntaxError(error.message, place, error.remedy === undefined ? {} : { remedy: error.remedy })
    }
  }

  #peek(): Token {
    while (this.#tokens[this.#next]?.kind === 'space') this.#next++
    const token = this.#tokens[this.#next] ?? END
    if (token.kind === 'error') throw this.#syntax(token.text, token.at, token.remedy ?? '')
    return token
  }

  #take(): Token {
    const token = this.#peek()
    this.#next++
    return token
  }

  #expect(kind: TokenKind, context: string): void {
    const token = this.#take()
    if (token.kind !== kind) throw this.#unexpected(token, context)
  }

  #isKeyword(text: string): boolean {
    const token = this.#peek()
    return token.kind === 'keyword' && token.text === text
  }

  #keyword(text: string): boolean {
    const found = this.#isKeyword(text)
    if (found) this.#next++
    return found
  }

  #deeper(at: number): void {
    if (++this.#depth <= TEMPLATE_LIMITS.depth) return
    const place = placeOf(this.#source, at)
    throw new TemplateLimitError('nested actions', TEMPLATE_LIMITS.depth, place, 'nest less deeply')
  }

  #unexpected(token: Token, context: string): TemplateSyntaxError {
    if (token.kind === 'error') return this.#syntax(token.text, token.at, token.remedy ?? '')
    return this.#syntax(
      `${shown(token)} cannot stand in this ${context}`,
      token.at,
      'remove it, or put a space before it'
    )
  }

  #syntax(message: string, at: number, remedy: string, meant?: string): TemplateSyntaxError {
    const full = meant === undefined ? message : `${message}, did you mean "${meant}"?`
    return new TemplateSyntaxError(full, placeOf(this.#source, at), { remedy })
  }
}

const END: Token = { kind: 'end', text: '', at: 0 }
const STARTS_OPERAND: ReadonlySet<TokenKind> = new Set([
  'string',
  'char',
  'number',
  'variable',
  'field',
  'dot',
  'word',
  'open'
])

const isEnding = (node: Node | Ending): node is Ending => node.kind === 'end' || node.kind === 'else'
const isNil = (token: Token): boolean => token.kind === 'keyword' && token.text === 'nil'
const isEmpty = (nodes: readonly Node[]): boolean => nodes.every(n => n.kind === 'text' && n.text.trim() === '')

function shown(token: Token): string {
  if (token.kind === 'end') return 'the end of the template'
  return `"${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}"`
}
