import { asCid } from '../job/file-engine.ts'
import { isMapping } from '../job/file-fields.ts'
import type { ModuleDefinition } from './definition.ts'
import { InvalidModuleError } from './errors.ts'
import { type ModuleFiles, safePath, textOf } from './files.ts'
import { type InputValue, readInputs } from './input-values.ts'
import { fillIn } from './references.ts'

/** A job in file form, made from a module: `local` names what the user gave, `moduleFile` what lies in the module. */
export type ModuleJob = Record<string, unknown>

const WHOLE_REFERENCE = /^\{\{\s*input\.(\w+)\s*\}\}$/

/**
 * The job that a module and values for its inputs make: a specification in file form. `engine.js.file` has become the program's text;
 * `engine.wasm.file` and `inputs[].file` are left as checked paths in the module.
 *
 * @throws ModuleInputError, InvalidModuleError
 */
export function jobOfModule(
  definition: ModuleDefinition,
  files: ModuleFiles,
  given: ReadonlyMap<string, string>
): { job: ModuleJob; values: ReadonlyMap<string, InputValue> } {
  checkPlaces(definition)
  const values = readInputs(definition.inputs, given)
  const filled = fillIn(definition.job, values) as ModuleJob
  const inputs = Array.isArray(filled['inputs'])
    ? filled['inputs'].map((input, i) => inputOf(input, i, files))
    : undefined
  const engine = engineOf(filled['engine'], files)
  return {
    job: { ...filled, ...(engine === undefined ? {} : { engine }), ...(inputs === undefined ? {} : { inputs }) },
    values
  }
}

const OWN_PATH = {
  why: 'a module cannot name paths of this machine',
  remedy: 'name a file of the module with "file", or an input of type file with "local"'
}
const OWN_ADDRESS = {
  why: 'a module cannot have this machine fetch what it likes',
  remedy: 'name the data by CID, or take the URL from an input without a default'
}

/**
 * A module that named a path would read the files of whoever runs it, and one that named a URL what only that machine reaches:
 * the provider, who may be the module's author, would be given both.
 */
function checkPlaces({ job, inputs: known }: ModuleDefinition): void {
  const { inputs, engine, module } = job
  const refuse = (field: string, value: unknown, { why, remedy }: typeof OWN_PATH): never => {
    throw new InvalidModuleError(`module.yaml: ${field}: ${why}`, { field, value, remedy })
  }
  const isGiven = (value: unknown): boolean => {
    const name = WHOLE_REFERENCE.exec(String(value))?.[1]
    return name !== undefined && known.get(name)?.default === undefined
  }
  const places = [
    ...(Array.isArray(inputs) ? inputs : []).map((input, i) => [`job.inputs.${i}`, input] as const),
    ...Object.entries(isMapping(engine) ? engine : {}).map(
      ([kind, section]) => [`job.engine.${kind}`, section] as const
    )
  ]
  for (const [field, place] of places) {
    const { local, url } = isMapping(place) ? place : {}
    if (local !== undefined && !(isGiven(local) && field.startsWith('job.inputs')))
      refuse(`${field}.local`, local, OWN_PATH)
    if (url !== undefined && !isGiven(url)) refuse(`${field}.url`, url, OWN_ADDRESS)
  }
  if (module !== undefined)
    throw new InvalidModuleError('module.yaml: job.module is set by dcn itself', {
      field: 'job.module',
      remedy: 'remove it'
    })
}

function inputOf(input: unknown, i: number, files: ModuleFiles): unknown {
  if (!isMapping(input) || input['file'] === undefined) return input
  const field = `job.inputs.${i}.file`
  const path = safePath(String(input['file']), field)
  const isThere = files.has(path) || [...files.keys()].some(name => name.startsWith(`${path}/`))
  if (isThere) return { path: `/inputs/${path.split('/').at(-1)}`, ...input, file: path }
  throw new InvalidModuleError(`${field}: the module has no file ${path}`, {
    field,
    value: path,
    remedy: 'correct the path'
  })
}

function engineOf(engine: unknown, files: ModuleFiles): unknown {
  if (!isMapping(engine)) return engine
  const { js, wasm } = engine
  if (isMapping(js) && js['file'] !== undefined) {
    const { file, ...rest } = js
    return { ...engine, js: { ...rest, source: programOf(safePath(String(file), 'job.engine.js.file'), files) } }
  }
  if (isMapping(wasm) && wasm['file'] !== undefined) {
    const file = safePath(String(wasm['file']), 'job.engine.wasm.file')
    if (!files.has(file)) textOf(files, file)
    return { ...engine, wasm: { ...wasm, file } }
  }
  return engine
}

/** A source that reads like a CID would be taken for one. */
function programOf(path: string, files: ModuleFiles): string {
  const source = textOf(files, path)
  return asCid(source) === undefined ? source : `${source}\n`
}
