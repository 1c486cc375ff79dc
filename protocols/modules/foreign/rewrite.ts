import { stringify } from 'yaml'
import { isMapping } from '../../job/file-fields.ts'
import type { CompiledTemplate } from '../../templates/index.ts'
import type { ModuleInput } from '../definition.ts'
import { NotConvertibleError } from '../errors.ts'
import { MODULE_LIMITS } from '../limits.ts'
import { convertForeign } from './convert.ts'
import { namedInputs } from './inputs.ts'
import { MISSING, meantJson, tokenOf } from './normal.ts'

export interface Rewritten {
  /** text of `module.yaml` */
  yaml: string
  inputs: ReadonlyMap<string, ModuleInput>
  /** inputs that only decide what is printed: not in `module.yaml` */
  lost: string[]
}

type Strings = ReadonlyMap<string, string>

/** The same module as `module.yaml`; undefined when not even its author could say what it means. @throws NotConvertibleError */
export function rewriteForeign(compiled: CompiledTemplate, name: string): Rewritten | undefined {
  const names = namedInputs(compiled.template)
  const whole = jobOf(compiled, names)
  if (whole === undefined) return undefined
  const inputs = new Map<string, ModuleInput>()
  const lost: string[] = []
  for (const input of names) {
    const found = inputOf(input, stringsOf(whole), compiled, names)
    if (found === undefined) lost.push(input)
    else inputs.set(input, found)
  }
  const module = {
    name: moduleName(name),
    version: '0.0.1',
    ...(inputs.size === 0 ? {} : { inputs: Object.fromEntries(inputs) }),
    job: withReferences(withoutEmpty(whole), new Map(names.map(n => [tokenOf(n), n])))
  }
  return { yaml: stringify(module, { lineWidth: 0 }), inputs, lost }
}

function jobOf(compiled: CompiledTemplate, present: readonly string[]): Record<string, unknown> | undefined {
  const decoded = meantJson(compiled, present)
  return decoded === undefined ? undefined : convertForeign(decoded).job
}

/** What an input is without being given: its default, nothing, or necessary. */
function inputOf(
  name: string,
  whole: Strings,
  compiled: CompiledTemplate,
  names: readonly string[]
): ModuleInput | undefined {
  const token = tokenOf(name)
  const places = [...whole].filter(([, text]) => text.includes(token))
  const [place] = places
  if (place === undefined) return undefined
  const type = 'string' as const
  const without = jobWithout(compiled, names, name)
  if (without === undefined) return { type, required: true }
  const [path, text] = place
  const left = without.get(path)
  if (left?.includes(MISSING)) return { type, required: true }
  if (left === undefined || without.size < whole.size) return { type, required: false }
  const value = between(left, text, token)
  const isText = value !== undefined && Array.from(value).length <= MODULE_LIMITS.textChars
  return isText ? { type, default: value } : { type, required: true }
}

function jobWithout(compiled: CompiledTemplate, names: readonly string[], name: string): Strings | undefined {
  try {
    const job = jobOf(
      compiled,
      names.filter(n => n !== name)
    )
    return job === undefined ? undefined : stringsOf(job)
  } catch (error) {
    if (error instanceof NotConvertibleError) return undefined
    throw error
  }
}

/** `P=moo` beside `P=TOKEN` is `moo`. */
function between(text: string, pattern: string, token: string): string | undefined {
  const [before = '', ...rest] = pattern.split(token)
  const after = rest.join(token)
  if (after.includes(token) || !text.startsWith(before) || !text.endsWith(after)) return undefined
  return text.slice(before.length, text.length - after.length)
}

function stringsOf(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'string') into.set(path, value)
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) stringsOf(item, `${path}/${i}`, into)
  else if (isMapping(value)) for (const [key, item] of Object.entries(value)) stringsOf(item, `${path}/${key}`, into)
  return into
}

function withReferences(value: unknown, tokens: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    const escaped = value.replaceAll('{{', "{{ '{{' }}")
    return escaped.replace(/dcnIn[0-9a-f]+Qx7/g, token => {
      const name = tokens.get(token)
      return name === undefined ? token : `{{ input.${name} }}`
    })
  }
  if (Array.isArray(value)) return value.map(item => withReferences(item, tokens))
  if (!isMapping(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withReferences(inner, tokens)]))
}

/** `outputs: []` means none, where leaving it out would mean /outputs. */
function withoutEmpty(job: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean =>
    (Array.isArray(value) && value.length === 0) || (isMapping(value) && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(job).filter(([key, value]) => key === 'outputs' || !isEmpty(value)))
}

const moduleName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/^(?:lilypad|coophive)-module-/, '')
    .replace(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64) || 'module'
