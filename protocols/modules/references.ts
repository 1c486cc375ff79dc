import { nearest } from '../common/nearest.ts'
import { isMapping } from '../job/file-fields.ts'
import type { ModuleInput } from './definition.ts'
import { InvalidModuleError } from './errors.ts'
import type { InputValue } from './input-values.ts'

/** `{{ input.Name }}`, or `{{ '{{' }}` for the braces themselves. */
const REFERENCE = /\{\{\s*(?:input\.([A-Za-z][A-Za-z0-9_]{0,63})|'(\{\{)')\s*\}\}/g
const WHOLE = /^\{\{\s*input\.([A-Za-z][A-Za-z0-9_]{0,63})\s*\}\}$/

type Path = readonly (string | number)[]
/** left out of the job, because it refers to an input without a value */
const ABSENT = Symbol('absent')

/**
 * Every reference names an input, stands where its type may stand, and is whole where it must be.
 *
 * @throws InvalidModuleError with the field
 */
export function checkReferences(job: unknown, inputs: ReadonlyMap<string, ModuleInput>): void {
  walk(job, [], (text, path) => {
    const field = `job.${path.join('.')}`
    for (const [, name] of text.matchAll(REFERENCE))
      if (name !== undefined) checkReference(name, text, path, field, inputs)
    if (text.replace(REFERENCE, '').includes('{{')) {
      throw wrong(field, text, '"{{" begins no reference', "write {{ input.Name }}, or {{ '{{' }} for the braces")
    }
  })
}

function checkReference(
  name: string,
  text: string,
  path: Path,
  field: string,
  inputs: ReadonlyMap<string, ModuleInput>
): void {
  const input = inputs.get(name)
  if (input === undefined) {
    const meant = nearest(name, [...inputs.keys()])
    const did = meant === undefined ? '' : `, did you mean "${meant}"?`
    throw wrong(field, text, `there is no input "${name}"${did}`, `add ${name} below inputs`)
  }
  const isPath = input.type === 'file' || input.type === 'directory'
  if (isPath !== isLocal(path)) {
    const why = isPath
      ? `the ${input.type} ${name} can only be "local" of an input`
      : `"local" takes a file, and ${name} is ${input.type}`
    throw wrong(field, text, why, 'write inputs: [{ local: "{{ input.Name }}", path: /inputs/name }]')
  }
  if ((isPath || input.type === 'cid') && !WHOLE.test(text)) {
    throw wrong(field, text, `${name} must stand alone`, `write "{{ input.${name} }}" and nothing else`)
  }
}

/**
 * The job with values in place of references. Values are put in after the file was parsed and are never parsed again:
 * whatever is in them, they stay one piece of text. What refers to an input without a value is left out.
 */
export function fillIn(job: unknown, values: ReadonlyMap<string, InputValue>): unknown {
  const filled = fill(job, [], values)
  return filled === ABSENT ? undefined : filled
}

function fill(value: unknown, path: Path, values: ReadonlyMap<string, InputValue>): unknown {
  if (typeof value === 'string') return fillText(value, path, values)
  if (Array.isArray(value)) {
    return value.map((item, i) => fillEntry(item, [...path, i], values)).filter(item => item !== ABSENT)
  }
  if (!isMapping(value)) return value
  const filled = Object.entries(value).map(([key, inner]) => [key, fill(inner, [...path, key], values)] as const)
  return Object.fromEntries(filled.filter(([, inner]) => inner !== ABSENT))
}

/** An entry of `inputs` without its file is no entry. */
function fillEntry(item: unknown, path: Path, values: ReadonlyMap<string, InputValue>): unknown {
  const filled = fill(item, path, values)
  const lacks = isMapping(item) && isMapping(filled) && Object.keys(item).length > Object.keys(filled).length
  return lacks ? ABSENT : filled
}

function fillText(text: string, path: Path, values: ReadonlyMap<string, InputValue>): unknown {
  const whole = WHOLE.exec(text)?.[1]
  if (whole !== undefined) {
    const value = values.get(whole)
    if (value === undefined) return ABSENT
    return takesText(path) ? String(value) : value
  }
  let absent = false
  const filled = text.replace(REFERENCE, (_all, name?: string, braces?: string) => {
    if (name === undefined) return braces ?? ''
    const value = values.get(name)
    absent ||= value === undefined
    return String(value)
  })
  return absent ? ABSENT : filled
}

/** Arguments and variables are text, whatever the type of the input is; numbers stay numbers elsewhere. */
const takesText = ([first]: Path): boolean => first === 'engine' || first === 'env'
const isLocal = ([first, , last]: Path): boolean => first === 'inputs' && last === 'local'

function walk(value: unknown, path: Path, visit: (text: string, path: Path) => void): void {
  if (typeof value === 'string') visit(value, path)
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) walk(item, [...path, i], visit)
  else if (isMapping(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key.includes('{{'))
        throw wrong(`job.${path.join('.')}`, key, 'a key cannot be a reference', 'put it into the value')
      walk(inner, [...path, key], visit)
    }
  }
}

function wrong(field: string, value: unknown, why: string, remedy: string): InvalidModuleError {
  return new InvalidModuleError(`module.yaml: ${field}: ${why}`, { field, value, limit: why, remedy })
}
