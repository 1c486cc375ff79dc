import { nearest } from '../common/nearest.ts'
import { asCid } from '../job/file-engine.ts'
import type { InputType, ModuleInput } from './definition.ts'
import { ModuleInputError } from './errors.ts'
import { MODULE_LIMITS } from './limits.ts'
import { matchesPattern } from './patterns.ts'

export type InputValue = string | number | boolean

/** `Key=Value` of -i. @throws ModuleInputError */
export function parseInputs(texts: readonly string[]): Map<string, string> {
  const given = new Map<string, string>()
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at < 1)
      throw new ModuleInputError('-i: expected Key=Value', {
        field: 'input',
        value: text,
        remedy: 'write -i Key=Value'
      })
    const [key, value] = [text.slice(0, at), text.slice(at + 1)]
    if (given.has(key)) throw bad(key, value, 'is given twice', 'once', `keep one -i ${key}=…`)
    given.set(key, checkText(key, value))
  }
  return given
}

/** What may be in a value at all, for every kind of module. @throws ModuleInputError */
export function checkText(name: string, value: string): string {
  const size = Buffer.byteLength(value)
  const limit = MODULE_LIMITS.valueBytes
  if (size > limit) throw bad(name, `${size} bytes`, 'is too large', `${limit} bytes`, 'give it to the job as a file')
  if (value.includes('\0')) throw bad(name, value, 'has a NUL character', 'text without NUL', 'give it as a file')
  if (!value.isWellFormed()) throw bad(name, value, 'is not well-formed Unicode', 'text', 'remove the lone surrogate')
  return value
}

/**
 * The value of every input, typed: what was given, else its default. Inputs that are optional and were not given are absent.
 *
 * @throws ModuleInputError naming the input, what it has, and what it may have
 */
export function readInputs(
  inputs: ReadonlyMap<string, ModuleInput>,
  given: ReadonlyMap<string, string>
): Map<string, InputValue> {
  checkKnown([...inputs.keys()], given)
  const values = new Map<string, InputValue>()
  for (const [name, input] of inputs) {
    const text = given.get(name)
    if (text !== undefined) values.set(name, checkValue(name, input, text))
    else if (input.default !== undefined) values.set(name, checkValue(name, input, String(input.default)))
    else if (input.required !== false) {
      const about = input.description === undefined ? '' : ` (${input.description})`
      throw bad(name, undefined, `is missing${about}`, input.type, `add -i ${name}=…`)
    }
  }
  return values
}

export function checkKnown(names: readonly string[], given: ReadonlyMap<string, string>): void {
  for (const name of given.keys()) {
    if (names.includes(name)) continue
    const meant = nearest(name, names)
    const did = meant === undefined ? '' : `; did you mean "${meant}"?`
    const list = names.length === 0 ? 'none: this module has no inputs' : names.join(', ')
    throw new ModuleInputError(`the module has no input "${name.slice(0, 64)}"${did}`, {
      field: name,
      value: name,
      limit: list,
      remedy: meant === undefined ? `the inputs are: ${list}` : `write -i ${meant}=…`
    })
  }
}

/** One value by its type. @throws ModuleInputError */
export function checkValue(name: string, input: ModuleInput, text: string): InputValue {
  return READERS[input.type](name, checkText(name, text), input)
}

const READERS: Readonly<Record<InputType, (name: string, text: string, input: ModuleInput) => InputValue>> = {
  string: readText,
  integer: (name, text, input) => readNumber(name, text, input, /^[+-]?\d{1,15}$/, 'a whole number'),
  number: (name, text, input) =>
    readNumber(name, text, input, /^[+-]?\d{1,15}(?:\.\d{1,15})?(?:e[+-]?\d{1,2})?$/i, 'a number'),
  boolean: (name, text) => {
    if (text === 'true' || text === 'false') return text === 'true'
    throw bad(name, text, 'is neither true nor false', 'true or false', `write -i ${name}=true`)
  },
  enum: (name, text, { values = [] }) => {
    if (values.includes(text)) return text
    const meant = nearest(text, values)
    const did = meant === undefined ? '' : `; did you mean "${meant}"?`
    throw bad(name, text, `is none of its values${did}`, values.join(', '), `use one of ${values.join(', ')}`)
  },
  file: readPath,
  directory: readPath,
  cid: (name, text) => {
    const cid = asCid(text.replace(/^ipfs:\/\//, ''))
    if (cid !== undefined) return cid.toString()
    throw bad(name, text, 'is no CID', 'a CID such as bafy…', 'import the file and give its CID')
  }
}

function readText(name: string, text: string, { maxLength = MODULE_LIMITS.textChars, pattern }: ModuleInput): string {
  const length = Array.from(text).length
  if (length > maxLength) {
    throw bad(name, `${length} characters`, 'is too long', `at most ${maxLength} characters`, 'shorten it')
  }
  if (pattern !== undefined && !matchesPattern(pattern, text)) {
    throw bad(name, text, `does not match ${pattern}`, pattern, 'see the inputs in its module.yaml')
  }
  return text
}

function readNumber(name: string, text: string, input: ModuleInput, form: RegExp, what: string): number {
  const value = Number(text)
  if (!form.test(text)) throw bad(name, text, `is not ${what}`, what, `write -i ${name}=1`)
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = input
  if (value >= minimum && value <= maximum) return value
  const range =
    `${Number.isFinite(minimum) ? `from ${minimum} ` : ''}${Number.isFinite(maximum) ? `to ${maximum}` : ''}`.trim()
  throw bad(name, text, 'is out of range', range, `choose a number ${range}`)
}

function readPath(name: string, text: string): string {
  if (text !== '') return text
  throw bad(name, text, 'is empty', 'a path on this machine', `write -i ${name}=path`)
}

function bad(name: string, value: unknown, why: string, limit: string, remedy: string): ModuleInputError {
  return new ModuleInputError(`input ${name} ${why}`, { field: name, value, limit, remedy })
}
