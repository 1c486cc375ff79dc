import { compare, equal, less } from './compare.ts'
import { Failure } from './errors.ts'
import { escapeHtml, escapeJs, escapeQuery } from './escape.ts'
import { printed, shown, sprint } from './format.ts'
import { element, lengthOf, slice } from './indexing.ts'
import { sprintf } from './printf.ts'
import { isTrue, type Value } from './values.ts'

/** What a parameter takes: `text` refuses all but strings, as Go does for a parameter of type string. */
export type Parameter = 'text' | 'any'

/** A function that templates may call. */
export interface TemplateFunction {
  parameters: readonly Parameter[]
  /** the type of any more arguments; none are allowed when it is left out */
  rest?: Parameter
  call: (args: readonly Value[]) => Value
}

export type TemplateFunctions = Readonly<Record<string, TemplateFunction>>

const pair = (call: (a: Value, b: Value) => Value): TemplateFunction => ({
  parameters: ['any', 'any'],
  call: ([a, b]) => call(a, b)
})
const escaper = (encode: (text: string) => string): TemplateFunction => ({
  parameters: [],
  rest: 'any',
  // here a missing value is its text already, and so has no space beside it
  call: args => encode(sprint(args.map(a => (a === undefined || a === null ? printed(a) : a))))
})

/** `and` and `or` are not here: they leave arguments unevaluated, which the evaluator does. */
export const BUILTINS: TemplateFunctions = {
  not: { parameters: ['any'], call: ([a]) => !isTrue(a) },
  eq: { parameters: ['any'], rest: 'any', call: ([a, ...others]) => equal(a, others) },
  ne: pair((a, b) => !equal(a, [b])),
  lt: pair((a, b) => less(a, b)),
  le: pair((a, b) => compare(a, b) <= 0),
  gt: pair((a, b) => compare(a, b) > 0),
  ge: pair((a, b) => !less(a, b)),
  len: { parameters: ['any'], call: ([a]) => BigInt(lengthOf(a)) },
  index: { parameters: ['any'], rest: 'any', call: ([a, ...keys]) => keys.reduce(element, checked(a)) },
  slice: { parameters: ['any'], rest: 'any', call: ([a, ...bounds]) => slice(a, bounds) },
  print: { parameters: [], rest: 'any', call: args => sprint(args) },
  printf: { parameters: ['text'], rest: 'any', call: ([format, ...args]) => sprintf(String(format), args) },
  println: { parameters: [], rest: 'any', call: args => `${args.map(shown).join(' ')}\n` },
  html: escaper(escapeHtml),
  js: escaper(escapeJs),
  urlquery: escaper(escapeQuery),
  call: {
    parameters: ['any'],
    rest: 'any',
    call: () => {
      throw new Failure('"call" calls functions that are data, and data has none', 'remove "call"')
    }
  }
}

function checked(value: Value): Value {
  if (value !== undefined && value !== null) return value
  throw new Failure('"index" of nothing', 'give the input, or test it with {{if}}')
}
