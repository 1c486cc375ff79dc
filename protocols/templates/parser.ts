import { TooLargeError } from '../common/errors.ts'
import { Cursor, shown } from './cursor.ts'
import { TEMPLATE_LIMITS } from './limits.ts'
import { unquote } from './literals.ts'
import type { Node, Template } from './nodes.ts'
import { PipeParser } from './pipe-parser.ts'

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
  readonly #cursor: Cursor
  readonly #pipes: PipeParser
  readonly #defined = new Map<string, readonly Node[]>()
  #ranges = 0

  constructor(source: string, functions: ReadonlySet<string>) {
    this.#source = source
    this.#cursor = new Cursor(source)
    this.#pipes = new PipeParser(this.#cursor, functions)
  }

  template(): Template {
    const body: Node[] = []
    while (this.#cursor.peek().kind !== 'end') {
      if (this.#definition()) continue
      const node = this.#node()
      if (isEnding(node)) {
        throw this.#cursor.syntax(`{{${node.kind}}} without {{if}}, {{range}} or {{with}}`, node.at, `remove it`)
      }
      body.push(node)
    }
    return { source: this.#source, body, defined: this.#defined }
  }

  #definition(): boolean {
    if (this.#cursor.peek().kind !== 'left') return false
    const start = this.#cursor.at
    const { at } = this.#cursor.take()
    if (!this.#cursor.keyword('define')) {
      this.#cursor.at = start
      return false
    }
    const name = this.#name('define')
    this.#cursor.expect('right', 'define')
    this.#define(name, this.#separately(at, 'define'), at)
    return true
  }

  /** The body of `define` or `block`, which sees no variables of its surroundings. */
  #separately(at: number, what: string): readonly Node[] {
    const [variables, ranges] = [this.#pipes.variables, this.#ranges]
    this.#pipes.variables = ['$']
    this.#ranges = 0
    const { nodes, ending } = this.#list(at, what)
    if (ending.kind === 'else') throw this.#cursor.syntax(`{{else}} in {{${what}}}`, ending.at, 'end it with {{end}}')
    this.#pipes.variables = variables
    this.#ranges = ranges
    return nodes
  }

  #define(name: string, nodes: readonly Node[], at: number): void {
    const before = this.#defined.get(name)
    if (before !== undefined && !isEmpty(before)) {
      if (isEmpty(nodes)) return
      throw this.#cursor.syntax(`the template "${name}" is defined twice`, at, 'give one of them another name')
    }
    this.#defined.set(name, nodes)
  }

  #list(at: number, what: string): { nodes: readonly Node[]; ending: Ending } {
    const nodes: Node[] = []
    while (this.#cursor.peek().kind !== 'end') {
      const node = this.#node()
      if (isEnding(node)) return { nodes, ending: node }
      nodes.push(node)
    }
    throw this.#cursor.syntax(`{{${what}}} has no {{end}}`, at, 'add {{end}}')
  }

  #node(): Node | Ending {
    const token = this.#cursor.take()
    if (token.kind === 'text') return { kind: 'text', at: token.at, text: token.text }
    if (token.kind !== 'left') throw this.#cursor.unexpected(token, 'template')
    return this.#action(token.at)
  }

  #action(at: number): Node | Ending {
    const word = this.#cursor.peek()
    if (word.kind !== 'keyword' || word.text === 'nil') {
      return { kind: 'print', at: word.at, pipe: this.#pipes.pipe('action', 'right') }
    }
    this.#cursor.take()
    switch (word.text) {
      case 'if':
      case 'with':
      case 'range':
        return this.#control(word.text, at)
      case 'end':
        this.#cursor.expect('right', 'end')
        return { kind: 'end', at }
      case 'else':
        if (!this.#cursor.isKeyword('if') && !this.#cursor.isKeyword('with')) this.#cursor.expect('right', 'else')
        return { kind: 'else', at }
      case 'break':
      case 'continue':
        this.#cursor.expect('right', word.text)
        if (this.#ranges === 0) throw this.#cursor.syntax(`{{${word.text}}} outside of {{range}}`, at, 'remove it')
        return { kind: word.text, at }
      case 'template':
        return this.#call(at)
      case 'block':
        return this.#block(at)
      default:
        throw this.#cursor.syntax(`{{${word.text}}} inside of another action`, word.at, 'move it to the top level')
    }
  }

  #control(kind: 'if' | 'with' | 'range', at: number): Node {
    this.#cursor.deeper(at)
    const scope = this.#pipes.variables.length
    const pipe = this.#pipes.pipe(kind, 'right')
    if (kind === 'range') this.#ranges++
    const { nodes, ending } = this.#list(at, kind)
    if (kind === 'range') this.#ranges--
    const otherwise = ending.kind === 'else' ? this.#otherwise(kind, ending.at) : []
    this.#pipes.variables.length = scope
    this.#cursor.up()
    return { kind, at: pipe.at, pipe, body: nodes, otherwise }
  }

  /** `else if` shares the `end` of the first `if`. */
  #otherwise(kind: string, at: number): readonly Node[] {
    for (const chained of ['if', 'with'] as const) {
      if (kind !== chained || !this.#cursor.keyword(chained)) continue
      return [this.#control(chained, at)]
    }
    const { nodes, ending } = this.#list(at, 'else')
    if (ending.kind === 'else') throw this.#cursor.syntax('a second {{else}}', ending.at, 'remove one of them')
    return nodes
  }

  #call(at: number): Node {
    const name = this.#name('template')
    if (this.#cursor.peek().kind === 'right') {
      this.#cursor.take()
      return { kind: 'template', at, name, pipe: undefined }
    }
    return { kind: 'template', at, name, pipe: this.#pipes.pipe('template', 'right') }
  }

  #block(at: number): Node {
    this.#cursor.deeper(at)
    const name = this.#name('block')
    const pipe = this.#pipes.pipe('block', 'right')
    this.#define(name, this.#separately(at, 'block'), at)
    this.#cursor.up()
    return { kind: 'template', at, name, pipe }
  }

  #name(what: string): string {
    const token = this.#cursor.take()
    if (token.kind === 'string') return this.#cursor.literal(token, unquote)
    throw this.#cursor.syntax(
      `{{${what}}} wants a name in quotes, not ${shown(token)}`,
      token.at,
      `write {{${what} "name" …}}`
    )
  }
}

const isEnding = (node: Node | Ending): node is Ending => node.kind === 'end' || node.kind === 'else'
const isEmpty = (nodes: readonly Node[]): boolean => nodes.every(n => n.kind === 'text' && n.text.trim() === '')
