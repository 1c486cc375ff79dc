import type { TemplateFunction, TemplateFunctions } from './builtins.ts'
import {
  Failure,
  placeOf,
  TemplateExecError,
  TemplateLimitError,
  TemplateMissingKeyError,
  TemplateUnsupportedError
} from './errors.ts'
import { printed } from './format.ts'
import { BYTES_PER_STEP, type TemplateLimits } from './limits.ts'
import type { Command, Node, Operand, Pipe, Template } from './nodes.ts'
import { GoMap, isList, isTrue, typeName, type Value } from './values.ts'

type Variables = { name: string; value: Value }[]
type Signal = 'break' | 'continue' | undefined
/** what a pipe hands to its next command; absent in the first */
type Piped = { value: Value } | undefined

/**
 * What a name without a value does: prints `<no value>`; is an error, as with Go's option; or is an error when it would be printed or handed
 * to a function, so that `if`, `with`, `or` and comparisons can ask whether it is there.
 */
export type MissingKey = 'print' | 'error' | 'error-when-used'

/** Functions that ask whether something is there. */
const ASKING: ReadonlySet<string> = new Set(['not', 'eq', 'ne'])

/** What was printed, and the offset in the source of what printed it. */
export interface Piece {
  text: string
  at: number
  /** template text, and not the value of an action */
  isText: boolean
}

export interface EvaluateOptions {
  functions: TemplateFunctions
  missingKey: MissingKey
  limits: TemplateLimits
}

/** Carries out one template once. */
export class Evaluator {
  readonly #template: Template
  readonly #options: EvaluateOptions
  readonly #out: Piece[] = []
  #missed: { name: string; at: number } | undefined
  #outBytes = 0
  #steps = 0
  #depth = 0

  constructor(template: Template, options: EvaluateOptions) {
    this.#template = template
    this.#options = options
  }

  run(data: Value): readonly Piece[] {
    this.#walk(this.#template.body, data, [{ name: '$', value: data }])
    return this.#out
  }

  #walk(nodes: readonly Node[], dot: Value, variables: Variables): Signal {
    for (const node of nodes) {
      this.#step(node.at)
      const signal = this.#node(node, dot, variables)
      if (signal !== undefined) return signal
    }
    return undefined
  }

  #node(node: Node, dot: Value, variables: Variables): Signal {
    switch (node.kind) {
      case 'text':
        this.#write(node.text, node.at, true)
        return undefined
      case 'print': {
        const value = this.#pipe(node.pipe, dot, variables)
        if (node.pipe.declares.length === 0) this.#print(value, node.at)
        return undefined
      }
      case 'if':
      case 'with': {
        const mark = variables.length
        const value = this.#pipe(node.pipe, dot, variables)
        const inner = node.kind === 'with' ? value : dot
        const signal = isTrue(value)
          ? this.#walk(node.body, inner, variables)
          : this.#walk(node.otherwise, dot, variables)
        variables.length = mark
        return signal
      }
      case 'range':
        return this.#range(node, dot, variables)
      case 'template':
        this.#call(node, dot, variables)
        return undefined
      default:
        return node.kind
    }
  }

  #range(node: Node & { kind: 'if' | 'with' | 'range' }, dot: Value, variables: Variables): Signal {
    const mark = variables.length
    const value = this.#pipe(node.pipe, dot, variables)
    let count = 0
    for (const [key, item] of this.#items(value, node)) {
      count++
      this.#step(node.at)
      const inner = variables.length
      this.#bind(node.pipe, key, item, variables)
      const signal = this.#walk(node.body, item, variables)
      variables.length = inner
      if (signal === 'break') break
    }
    const signal = count === 0 ? this.#walk(node.otherwise, dot, variables) : undefined
    variables.length = mark
    return signal
  }

  *#items(value: Value, node: Node & { kind: 'if' | 'with' | 'range' }): Iterable<[Value, Value]> {
    if (value === undefined || value === null) return
    if (value instanceof GoMap) yield* value.sorted()
    else if (isList(value)) for (let i = 0; i < value.length; i++) yield [BigInt(i), value[i]]
    else if (typeof value === 'bigint' && node.pipe.declares.length < 2) {
      for (let i = 0n; i < value; i++) yield [undefined, i]
    } else throw this.#failed(`{{range}} cannot go over ${typeName(value)}`, node.at, 'range over a list or a map')
  }

  /** The pipe has declared the variables with the whole; each round gives them the element. */
  #bind(pipe: Pipe, key: Value, item: Value, variables: Variables): void {
    const [first, second] = pipe.declares
    if (first === undefined) return
    if (second === undefined) this.#set(first, item, variables, pipe.at)
    else {
      this.#set(first, key, variables, pipe.at)
      this.#set(second, item, variables, pipe.at)
    }
  }

  #call(node: Node & { kind: 'template' }, dot: Value, variables: Variables): void {
    const body = this.#template.defined.get(node.name)
    if (body === undefined) {
      throw this.#failed(`the template "${node.name}" is not defined`, node.at, `add {{define "${node.name}"}}`)
    }
    const { depth } = this.#options.limits
    if (++this.#depth > depth) throw this.#limit('template calls inside each other', depth, node.at, 'call less deeply')
    const data = node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot, variables)
    this.#walk(body, data, [{ name: '$', value: data }])
    this.#depth--
  }

  #pipe(pipe: Pipe, dot: Value, variables: Variables): Value {
    let piped: Piped
    for (const command of pipe.commands) {
      this.#step(command.at)
      // a nil inside of a map is nothing from here on
      piped = { value: this.#command(command, dot, variables, piped) ?? undefined }
    }
    const value = piped?.value
    for (const name of pipe.declares) {
      if (pipe.assigns) this.#set(name, value, variables, pipe.at)
      else variables.push({ name, value })
    }
    return value
  }

  #command(command: Command, dot: Value, variables: Variables, piped: Piped): Value {
    const [first, ...rest] = command.operands
    if (first === undefined) return undefined
    if (first.kind === 'function') return this.#function(first.name, first.at, rest, dot, variables, piped)
    if (first.kind === 'nil') throw this.#failed('nil cannot be printed', first.at, 'remove it')
    if (rest.length > 0 || piped !== undefined) {
      throw this.#failed('what is no function has arguments', first.at, 'put the function first, such as {{js .x}}')
    }
    return this.#operand(first, dot, variables)
  }

  #operand(operand: Operand, dot: Value, variables: Variables): Value {
    this.#step(operand.at)
    switch (operand.kind) {
      case 'dot':
        return dot
      case 'nil':
        return undefined
      case 'literal':
        return operand.value
      case 'field':
        return this.#fields(dot, operand.names, operand.at)
      case 'variable':
        return this.#fields(this.#get(operand.name, variables, operand.at), operand.names, operand.at)
      case 'pipe':
        return this.#pipe(operand.pipe, dot, variables)
      case 'chain':
        return this.#fields(this.#operand(operand.base, dot, variables), operand.names, operand.at)
      case 'function':
        return this.#function(operand.name, operand.at, [], dot, variables, undefined)
    }
  }

  #fields(from: Value, names: readonly string[], at: number): Value {
    return names.reduce((value, name) => this.#field(value, name, at), from)
  }

  #field(from: Value, name: string, at: number): Value {
    if (from instanceof GoMap) {
      if (from.entries.has(name)) return from.entries.get(name)
      return this.#missing(name, at)
    }
    if (from === undefined) return this.#missing(name, at)
    throw this.#failed(`${typeName(from)} has no field "${name}"`, at, 'name an input, such as {{.Message}}')
  }

  #missing(name: string, at: number): undefined {
    this.#missed = { name, at }
    if (this.#options.missingKey === 'error') throw this.#missingKey(at)
    return undefined
  }

  #missingKey(at: number): TemplateMissingKeyError {
    const { name = 'what is printed here', at: where = at } = this.#missed ?? {}
    return new TemplateMissingKeyError(name, placeOf(this.#template.source, where), `give ${name} a value`)
  }

  #checkThere(value: Value, at: number): void {
    const isMissing = value === undefined || value === null
    if (isMissing && this.#options.missingKey === 'error-when-used') throw this.#missingKey(at)
  }

  #function(
    name: string,
    at: number,
    operands: readonly Operand[],
    dot: Value,
    variables: Variables,
    piped: Piped
  ): Value {
    if (name === 'and' || name === 'or') return this.#shortCircuit(name, at, operands, dot, variables, piped)
    const fn = this.#options.functions[name]
    if (fn === undefined) throw this.#failed(`the function "${name}" is not defined`, at, 'remove it')
    const args = operands.map(o => this.#operand(o, dot, variables))
    if (piped !== undefined) args.push(piped.value)
    for (const arg of args) {
      if (!ASKING.has(name)) this.#checkThere(arg, at)
      this.#charge(arg, at)
    }
    this.#checkArguments(name, fn, args, at)
    const value = this.#guarded(at, () => fn.call(args))
    this.#charge(value, at)
    return value
  }

  /** The first argument that decides, or the last one. */
  #shortCircuit(
    name: string,
    at: number,
    operands: readonly Operand[],
    dot: Value,
    variables: Variables,
    piped: Piped
  ): Value {
    if (operands.length === 0 && piped === undefined) {
      throw this.#failed(`"${name}" wants a value`, at, `write {{${name} .a .b}}`)
    }
    let value: Value
    for (const operand of operands) {
      value = this.#operand(operand, dot, variables)
      if (isTrue(value) === (name === 'or')) return value
    }
    return piped === undefined ? value : piped.value
  }

  #checkArguments(name: string, fn: TemplateFunction, args: readonly Value[], at: number): void {
    const wanted = fn.parameters.length
    if (args.length < wanted || (fn.rest === undefined && args.length > wanted)) {
      const number = fn.rest === undefined ? `${wanted}` : `at least ${wanted}`
      throw this.#failed(`"${name}" wants ${number} values and has ${args.length}`, at, `give it ${number}`)
    }
    args.forEach((arg, i) => {
      if ((fn.parameters[i] ?? fn.rest) !== 'text' || typeof arg === 'string') return
      const got = arg === undefined || arg === null ? 'nothing' : typeName(arg)
      throw this.#failed(`"${name}" wants text and has ${got}`, at, 'give the input a value, or test it with {{if}}')
    })
  }

  #get(name: string, variables: Variables, at: number): Value {
    const found = variables.findLast(v => v.name === name)
    if (found !== undefined) return found.value
    throw this.#failed(`the variable ${name} is not defined`, at, `define it with {{${name} := …}}`)
  }

  #set(name: string, value: Value, variables: Variables, at: number): void {
    const found = variables.findLast(v => v.name === name)
    if (found === undefined) throw this.#failed(`the variable ${name} is not defined`, at, `define it with :=`)
    found.value = value
  }

  #print(value: Value, at: number): void {
    this.#checkThere(value, at)
    this.#write(printed(value), at, false)
  }

  #write(text: string, at: number, isText: boolean): void {
    this.#outBytes += Buffer.byteLength(text)
    const limit = this.#options.limits.outputBytes
    if (this.#outBytes > limit)
      throw this.#limit('bytes of output', limit, at, 'make the template or its inputs smaller')
    this.#out.push({ text, at, isText })
  }

  #step(at: number, count = 1): void {
    this.#steps += count
    const limit = this.#options.limits.steps
    if (this.#steps > limit) throw this.#limit('steps', limit, at, 'repeat less in the template')
  }

  /** Long texts cost steps: twenty doublings of a variable would fill the memory otherwise. */
  #charge(value: Value, at: number): void {
    if (typeof value !== 'string') return
    this.#step(at, Math.ceil(value.length / BYTES_PER_STEP))
    const limit = this.#options.limits.outputBytes
    if (value.length > limit)
      throw this.#limit('bytes in one value', limit, at, 'make the template or its inputs smaller')
  }

  #guarded<T>(at: number, run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (error.kind === 'exec') throw this.#failed(error.message, at, error.remedy ?? '')
      throw new TemplateUnsupportedError(error.message, placeOf(this.#template.source, at), error.remedy ?? '')
    }
  }

  #failed(message: string, at: number, remedy: string): TemplateExecError {
    return new TemplateExecError(message, placeOf(this.#template.source, at), { remedy })
  }

  #limit(what: string, limit: number, at: number, remedy: string): TemplateLimitError {
    return new TemplateLimitError(what, limit, placeOf(this.#template.source, at), remedy)
  }
}
