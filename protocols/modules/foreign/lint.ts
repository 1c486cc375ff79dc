import { UserError } from '../../common/errors.ts'
import { isMapping } from '../../job/file-fields.ts'
import { type CompiledTemplate, TemplateError, TemplateMissingKeyError } from '../../templates/index.ts'
import { convertForeign } from './convert.ts'
import { namedInputs } from './inputs.ts'
import { compileForeign, parseRendered, renderForeign, TemplateJsonError } from './render.ts'
import { renderStrict } from './strict.ts'
import { FOREIGN_SYSTEMS, type ForeignSystem } from './systems.ts'

/** Something that is wrong with a module, or only with some values. */
export interface Finding {
  /** an error concerns every run or an ordinary one; a warning what is ignored or lost */
  severity: 'error' | 'warning'
  /** when it happens: `always`, or what the input has to be like */
  when: string
  line?: number
  input?: string
  what: string
  fix: string
}

/** Values that people give, and what breaks templates. */
const VALUES: readonly (readonly [when: string, value: string])[] = [
  ['has quotes', 'say "hi"'],
  ['has an apostrophe', "it's"],
  ['has <, > or &', '<a> & b'],
  ['has a line break', 'two\nlines'],
  ['has a backslash', 'a\\b'],
  ['is not ASCII', 'ümläut 🐮'],
  ['is a number', '42'],
  ['is empty', '']
]

/** What goes wrong with a template, found by rendering it with each input absent and with values of every kind. */
export function lintForeign(source: string, system: ForeignSystem): Finding[] {
  let compiled: CompiledTemplate
  try {
    compiled = compileForeign(source, system)
  } catch (error) {
    return [findingOf(error, 'always')]
  }
  const names = namedInputs(compiled.template)
  const all = new Map(names.map(name => [name, plainOf(name)]))
  const visible = visibleInputs(compiled, all)
  const findings = [...otherSystems(source, system)]
  const full = attempt(compiled, all, 'every input is given')
  const none = attempt(compiled, new Map(), names.length === 0 ? 'always' : 'no input is given')
  const never = full !== undefined && none !== undefined && full.line === none.line && full.what === none.what
  if (never) return [{ ...none, when: 'always' }, ...findings]
  const sound = soundInputs(compiled, all)
  for (const name of names) findings.push(...lintInput(compiled, sound, name, visible.has(name)))
  if (full !== undefined && findings.every(f => f.severity === 'warning')) findings.unshift(full)
  return distinct([...findings, ...warningsOf(compiled, all)])
}

/** As many inputs as can be given together: one that breaks the module would hide what the others do. */
function soundInputs(compiled: CompiledTemplate, all: ReadonlyMap<string, string>): Map<string, string> {
  const sound = new Map(all)
  for (let i = 0; i < all.size; i++) {
    const culprit = attempt(compiled, sound, '')?.input
    if (culprit === undefined || !sound.delete(culprit)) break
  }
  return sound
}

function* lintInput(
  compiled: CompiledTemplate,
  sound: ReadonlyMap<string, string>,
  name: string,
  isVisible: boolean
): Iterable<Finding> {
  const others = [...sound].filter(([key]) => key !== name)
  const attemptWith = (value: string | undefined, when: string): Finding | undefined => {
    const inputs = new Map(value === undefined ? others : [...others, [name, value]])
    const found = attempt(compiled, inputs, `${name} ${when}`)
    if (found !== undefined) return (found.input ?? name) === name ? { ...found, input: name } : undefined
    return isVisible && value !== undefined ? lostValue(compiled, inputs, name, when) : undefined
  }
  const absent = attemptWith(undefined, 'is not given')
  if (absent !== undefined) yield absent
  const ordinary = attemptWith(plainOf(name), 'is ordinary text')
  if (ordinary !== undefined) {
    yield ordinary
    // the rest would say the same again
    return
  }
  for (const [when, value] of VALUES) {
    const found = attemptWith(value, when)
    if (found !== undefined) yield found
  }
}

const plainOf = (name: string): string => `plain text of ${name}`

/** Inputs whose values are found in the job: others only decide, or are changed on purpose. */
function visibleInputs(compiled: CompiledTemplate, all: ReadonlyMap<string, string>): Set<string> {
  const texts = decodedTexts(compiled, all)
  return new Set([...all].filter(([, value]) => texts.some(text => text.includes(value))).map(([name]) => name))
}

/** The job runs with another text than the one that was given. */
function lostValue(
  compiled: CompiledTemplate,
  inputs: ReadonlyMap<string, string>,
  name: string,
  when: string
): Finding | undefined {
  const value = inputs.get(name) ?? ''
  if (decodedTexts(compiled, inputs).some(text => text.includes(value))) return undefined
  const fix = `inputs are JSON already: write "K": {{ .${name} }} without quotes around it`
  return located(compiled, inputs, {
    severity: 'error',
    when: `${name} ${when}`,
    input: name,
    what: `${name} arrives changed`,
    fix
  })
}

function decodedTexts(compiled: CompiledTemplate, inputs: ReadonlyMap<string, string>): string[] {
  try {
    return textsOf(parseRendered(renderForeign(compiled, inputs)))
  } catch {
    return []
  }
}

/** What is wrong with one run: an error, or a result that is not what was given. */
function attempt(compiled: CompiledTemplate, inputs: ReadonlyMap<string, string>, when: string): Finding | undefined {
  try {
    const decoded = parseRendered(renderForeign(compiled, inputs))
    convertForeign(decoded)
    return changed(compiled, decoded, inputs, when)
  } catch (error) {
    return findingOf(error, when)
  }
}

function changed(
  compiled: CompiledTemplate,
  decoded: unknown,
  inputs: ReadonlyMap<string, string>,
  when: string
): Finding | undefined {
  if (textsOf(decoded).some(text => text.includes('<no value>'))) {
    return located(compiled, inputs, {
      severity: 'error',
      when,
      what: 'the job runs with the text <no value>',
      fix: 'write a default: {{ or .x "\\"default\\"" }}'
    })
  }
  for (const [name, value] of inputs) {
    if (!textsOf(decoded).some(text => text.includes(JSON.stringify(value)))) continue
    const fix = `inputs bring their own quotes: write "K": {{ .${name} }} without quotes around it`
    return located(compiled, inputs, {
      severity: 'error',
      when,
      input: name,
      what: `${name} arrives with quotes around it`,
      fix
    })
  }
  return undefined
}

/** The strict renderer knows the line. */
function located(compiled: CompiledTemplate, inputs: ReadonlyMap<string, string>, finding: Finding): Finding {
  try {
    renderStrict(compiled, inputs)
  } catch (error) {
    const input = error instanceof TemplateMissingKeyError && finding.input === undefined ? { input: error.key } : {}
    if (error instanceof TemplateError) return { ...finding, ...input, line: error.line }
  }
  return finding
}

function* otherSystems(source: string, system: ForeignSystem): Iterable<Finding> {
  for (const other of FOREIGN_SYSTEMS) {
    if (other === system) continue
    try {
      compileForeign(source, other)
    } catch (error) {
      yield { ...findingOf(error, `run by ${other}`), severity: 'warning' }
    }
  }
}

function warningsOf(compiled: CompiledTemplate, all: ReadonlyMap<string, string>): Finding[] {
  try {
    const { warnings } = convertForeign(parseRendered(renderForeign(compiled, all)))
    return warnings.map(what => ({ severity: 'warning', when: 'always', what, fix: 'see docs/modules.md' }))
  } catch {
    return []
  }
}

/** @throws what is no UserError: a bug of ours */
export function findingOf(error: unknown, when: string): Finding {
  if (!(error instanceof UserError)) throw error
  const what = error.message.replace(/^line \d+, column \d+: /, '')
  return {
    severity: 'error',
    when,
    ...(error instanceof TemplateError ? { line: error.line } : {}),
    ...(error instanceof TemplateJsonError && error.input !== undefined ? { input: error.input } : {}),
    what,
    fix: error.remedy ?? 'see docs/modules.md'
  }
}

function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>()
  return findings.filter(({ when, what, line }) => {
    const key = `${when} ${what} ${line}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsOf)
  return isMapping(value) ? Object.values(value).flatMap(textsOf) : []
}
