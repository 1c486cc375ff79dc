import { Failure, type TemplateFunction, type TemplateFunctions, type Value } from '../../templates/index.ts'
import { sprintf } from '../../templates/printf.ts'

/** Systems whose modules are Go templates of JSON, each with its own functions. */
export type ForeignSystem = 'lilypad' | 'coophive' | 'generic-dcn'
export const FOREIGN_SYSTEMS: readonly ForeignSystem[] = ['lilypad', 'coophive', 'generic-dcn']

/** The file at the root of a module, and whose it is unless the caller knows better. In order of preference. */
export const FOREIGN_FILES: readonly (readonly [file: string, system: ForeignSystem])[] = [
  ['lilypad_module.json.tmpl', 'lilypad'],
  ['module.coophive', 'coophive'],
  ['coophive_module.json.tmpl', 'coophive']
]

/** Takes the quotes of JSON off again, and does not put them back: what has a quote in it breaks the JSON around it. */
const decoding: TemplateFunction = {
  parameters: ['text'],
  rest: 'text',
  call: ([format, ...values]) => sprintf(String(format), values.map(decoded))
}
/** Leaves the quotes where they are, so a value inside of quotes breaks the JSON. */
const plain: TemplateFunction = {
  parameters: ['text'],
  rest: 'text',
  call: ([format, ...values]) => sprintf(String(format), values)
}

/** generic-dcn registers `subst` after it has parsed: a template that uses it does not load. */
export const FUNCTIONS_OF: Readonly<Record<ForeignSystem, TemplateFunctions>> = {
  lilypad: { subst: decoding },
  coophive: { subst: plain, subt: plain },
  'generic-dcn': {}
}

function decoded(value: Value): Value {
  try {
    const text: unknown = JSON.parse(String(value))
    if (typeof text === 'string') return text
  } catch {
    // said below
  }
  throw new Failure('"subst" takes inputs as they are, and this is none', 'write {{ subst "X=%s" .x }}')
}
