import { nearest } from '../common/nearest.ts'
import type { Cursor } from './cursor.ts'
import { charValue, numberValue, unquote } from './literals.ts'
import type { Command, Operand, Pipe } from './nodes.ts'
import type { Token, TokenKind } from './tokens.ts'

const NO_COMMAND: ReadonlySet<Operand['kind']> = new Set(['dot', 'nil', 'literal'])
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

const isNil = (token: Token): boolean => token.kind === 'keyword' && token.text === 'nil'

/** Reads what stands inside of an action: commands, their operands, and the variables they declare. */
export class PipeParser {
  /** those in sight, the innermost last */
  variables: string[] = ['$']
  readonly #cursor: Cursor
  readonly #functions: ReadonlySet<string>

  constructor(cursor: Cursor, functions: ReadonlySet<string>) {
    this.#cursor = cursor
    this.#functions = functions
  }

  /** Up to and with the token `end`; what it declares is in `variables` afterwards. */
  pipe(context: string, end: TokenKind): Pipe {
    const at = this.#cursor.peek().at
    const { declares, assigns } = this.#declarations(context)
    const commands: Command[] = []
    for (;;) {
      const token = this.#cursor.peek()
      if (token.kind === end) break
      if (!STARTS_OPERAND.has(token.kind) && !isNil(token)) throw this.#cursor.unexpected(token, context)
      commands.push(this.#command())
    }
    this.#cursor.take()
    if (commands.length === 0) throw this.#cursor.syntax(`{{${context}}} has no value`, at, 'write what it is about')
    const stuck = commands.slice(1).find(c => NO_COMMAND.has(c.operands[0]?.kind ?? 'nil'))
    if (stuck) throw this.#cursor.syntax('what follows "|" is no function', stuck.at, 'pipe into a function such as js')
    return { at, declares, assigns, commands }
  }

  #declarations(context: string): { declares: string[]; assigns: boolean } {
    const declares: string[] = []
    for (;;) {
      const start = this.#cursor.at
      const variable = this.#cursor.peek()
      if (variable.kind !== 'variable') break
      this.#cursor.take()
      const after = this.#cursor.peek()
      if (after.kind === 'comma') {
        if (context !== 'range' || declares.length > 0) {
          throw this.#cursor.syntax('too many variables are declared', after.at, 'declare one variable in each action')
        }
        this.#cursor.take()
        this.#declare(declares, variable)
        const second = this.#cursor.peek()
        if (second.kind !== 'variable')
          throw this.#cursor.syntax('"," wants a variable', second.at, 'write $index, $item')
        continue
      }
      if (after.kind === 'assign' || after.kind === 'declare') {
        this.#cursor.take()
        this.#declare(declares, variable)
        return { declares, assigns: after.kind === 'assign' }
      }
      this.#cursor.at = start
      break
    }
    return { declares, assigns: false }
  }

  #declare(declares: string[], variable: Token): void {
    declares.push(variable.text)
    this.variables.push(variable.text)
  }

  #command(): Command {
    const at = this.#cursor.peek().at
    const operands: Operand[] = []
    for (;;) {
      const operand = this.#operand()
      if (operand !== undefined) operands.push(operand)
      const token = this.#cursor.here
      if (token.kind === 'space') {
        this.#cursor.at++
        continue
      }
      if (token.kind === 'pipe') this.#cursor.at++
      else if (token.kind !== 'right' && token.kind !== 'close') throw this.#cursor.unexpected(token, 'operand')
      break
    }
    if (operands.length === 0) throw this.#cursor.syntax('nothing stands before "|"', at, 'write a value there')
    return { at, operands }
  }

  #operand(): Operand | undefined {
    const base = this.#term()
    if (base === undefined) return undefined
    const names: string[] = []
    const { at } = this.#cursor.here
    for (; this.#cursor.here.kind === 'field'; this.#cursor.at++) names.push(this.#cursor.here.text.slice(1))
    if (names.length === 0) return base
    if (base.kind === 'field' || base.kind === 'variable') return { ...base, names: [...base.names, ...names] }
    if (NO_COMMAND.has(base.kind)) throw this.#cursor.syntax('a literal has no fields', at, 'remove the "."')
    return { kind: 'chain', at: base.at, base, names }
  }

  #term(): Operand | undefined {
    const token = this.#cursor.peek()
    const { at, text } = token
    if (!STARTS_OPERAND.has(token.kind) && !isNil(token)) return undefined
    this.#cursor.take()
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
        return { kind: 'literal', at, value: this.#cursor.literal(token, unquote) }
      case 'char':
        return { kind: 'literal', at, value: this.#cursor.literal(token, charValue) }
      case 'number':
        return { kind: 'literal', at, value: this.#cursor.literal(token, numberValue) }
      case 'open': {
        this.#cursor.deeper(at)
        const pipe = this.pipe('parenthesis', 'close')
        this.#cursor.up()
        return { kind: 'pipe', at, pipe }
      }
      default:
        return this.#word(token)
    }
  }

  #variable({ text, at }: Token): Operand {
    if (this.variables.includes(text)) return { kind: 'variable', at, name: text, names: [] }
    const meant = nearest(text, this.variables)
    throw this.#cursor.syntax(`the variable ${text} is not defined`, at, `define it with {{${text} := …}}`, meant)
  }

  #word({ text, at }: Token): Operand {
    if (text === 'true' || text === 'false') return { kind: 'literal', at, value: text === 'true' }
    if (this.#functions.has(text)) return { kind: 'function', at, name: text }
    const known = [...this.#functions]
    throw this.#cursor.syntax(
      `the function "${text}" is not defined`,
      at,
      `use one of ${known.join(', ')}; an input is written .${text}`,
      nearest(text, known)
    )
  }
}
