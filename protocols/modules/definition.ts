import { z } from 'zod'
import { parse } from '../common/parse.ts'
import { text, uint } from '../common/values.ts'
import { isMapping } from '../job/file-fields.ts'
import { parseYaml } from '../job/parse-spec-text.ts'
import { InvalidModuleError } from './errors.ts'
import { checkValue } from './input-values.ts'
import { MODULE_LIMITS } from './limits.ts'
import { compilePattern, MAX_PATTERN_STEPS } from './patterns.ts'
import { checkReferences } from './references.ts'

/** The file that makes a folder a module of this project. */
export const MODULE_FILE = 'module.yaml'

export const INPUT_TYPES = ['string', 'integer', 'number', 'boolean', 'enum', 'file', 'directory', 'cid'] as const
export type InputType = (typeof INPUT_TYPES)[number]

const scalar = z.union([z.string(), z.number(), z.boolean()])
const moduleInput = z.strictObject({
  type: z.enum(INPUT_TYPES),
  description: text(MODULE_LIMITS.descriptionChars).optional(),
  /** an input without a default may be required, or be left out with what refers to it */
  required: z.boolean().optional(),
  default: scalar.optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  maxLength: uint.min(1).max(MODULE_LIMITS.valueBytes).optional(),
  /** the whole value must match */
  pattern: text(MODULE_LIMITS.patternChars).optional(),
  values: z.array(text(200)).min(1).max(100).optional()
})
export type ModuleInput = z.output<typeof moduleInput>

const INPUT_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
const moduleFile = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected lower-case letters, digits, ".", "_" and "-"'),
  version: z.string().regex(/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]{1,32})?$/, 'expected a version such as 1.0.0'),
  description: text(MODULE_LIMITS.descriptionChars).optional(),
  author: text(200).optional(),
  licence: text(64).optional(),
  inputs: z.record(z.string().regex(INPUT_NAME, 'expected a name of letters, digits and "_"'), moduleInput).optional(),
  job: z.record(z.string(), z.unknown())
})

/** What `module.yaml` says. */
export interface ModuleDefinition {
  name: string
  version: string
  description?: string
  author?: string
  licence?: string
  inputs: ReadonlyMap<string, ModuleInput>
  /** a job specification in file form, with references to the inputs */
  job: Readonly<Record<string, unknown>>
}

/** @throws InvalidModuleError, InvalidInputError with line and column, TooLargeError */
export function parseModule(source: string, what: string = MODULE_FILE): ModuleDefinition {
  const value = parseYaml(source, what)
  if (!isMapping(value)) {
    throw new InvalidModuleError(`${what}: expected a mapping with name, version, inputs and job`, {
      field: what,
      remedy: 'see docs/modules.md'
    })
  }
  const { inputs: given = {}, job, name, version, ...about } = parse(moduleFile, value, what)
  const inputs = new Map(Object.entries(given))
  if (inputs.size > MODULE_LIMITS.inputs) throw wrong('inputs', inputs.size, `at most ${MODULE_LIMITS.inputs}`)
  for (const [key, input] of inputs) checkInput(key, input)
  checkReferences(job, inputs)
  const definition: ModuleDefinition = { name, version, inputs, job }
  for (const key of ['description', 'author', 'licence'] as const) {
    const line = about[key]
    if (line !== undefined) definition[key] = line
  }
  return definition
}

/** Which of the other keys each type knows. */
const KEYS_OF: Readonly<Record<InputType, readonly (keyof ModuleInput)[]>> = {
  string: ['default', 'maxLength', 'pattern'],
  integer: ['default', 'minimum', 'maximum'],
  number: ['default', 'minimum', 'maximum'],
  boolean: ['default'],
  enum: ['default', 'values'],
  file: [],
  directory: [],
  cid: ['default']
}

function checkInput(name: string, input: ModuleInput): void {
  const at = `inputs.${name}`
  const known = ['type', 'description', 'required', ...KEYS_OF[input.type]]
  const unknown = Object.keys(input).find(key => !known.includes(key))
  if (unknown !== undefined) throw wrong(`${at}.${unknown}`, unknown, `for type ${input.type}: ${known.join(', ')}`)
  if (input.type === 'enum' && input.values === undefined) throw wrong(`${at}.values`, undefined, 'a list of values')
  if (input.required === true && input.default !== undefined) {
    throw wrong(`${at}.required`, true, 'left out, because the input has a default')
  }
  if (input.pattern !== undefined) {
    checkPattern(input.pattern, `${at}.pattern`)
    if ((input.maxLength ?? 0) > MODULE_LIMITS.textChars)
      throw wrong(`${at}.maxLength`, input.maxLength, `at most ${MODULE_LIMITS.textChars} where there is a pattern`)
  }
  if (input.default !== undefined) checkValue(name, input, String(input.default))
}

function checkPattern(pattern: string, field: string): void {
  let steps: number
  try {
    steps = compilePattern(pattern).programSize()
  } catch {
    throw wrong(field, pattern, 'a regular expression of RE2: without back reference, lookahead and lookbehind')
  }
  if (steps > MAX_PATTERN_STEPS) throw wrong(field, pattern, 'a pattern with fewer or shorter repeats')
}

function wrong(field: string, value: unknown, expected: string): InvalidModuleError {
  return new InvalidModuleError(`${MODULE_FILE}: ${field}: expected ${expected}`, {
    field,
    value,
    limit: expected,
    remedy: `make ${field} ${expected}`
  })
}
