import { MODULE_FILE, type ModuleDefinition, parseModule } from './definition.ts'
import { InvalidModuleError } from './errors.ts'
import { type ModuleFiles, textOf } from './files.ts'
import { convertForeign } from './foreign/convert.ts'
import { namedInputs } from './foreign/inputs.ts'
import { compileForeign, parseRendered, renderForeign } from './foreign/render.ts'
import { renderStrict } from './foreign/strict.ts'
import { FOREIGN_FILES, type ForeignSystem } from './foreign/systems.ts'
import { checkKnown } from './input-values.ts'
import { jobOfModule, type ModuleJob } from './job.ts'

/** What a folder is: a module of this project, or one of another system. */
export type ModuleKind =
  | { kind: 'own'; definition: ModuleDefinition }
  | { kind: 'foreign'; file: string; source: string; system: ForeignSystem }

export interface JobOptions {
  /** the system whose template it is, where the file's name does not say it */
  system?: ForeignSystem
  /** refuse what would fail or change for some values, instead of doing as that system does @default false */
  strict?: boolean
}

export interface MadeJob {
  /** a specification in file form; `file` names a file of the module, `local` one of whoever runs it */
  job: ModuleJob
  warnings: string[]
  /** names of files that are wanted from a folder of whoever runs it */
  inputFiles: string[]
}

/** @throws InvalidModuleError and the errors of parseModule */
export function moduleKind(files: ModuleFiles, system?: ForeignSystem): ModuleKind {
  if (files.has(MODULE_FILE) && system === undefined) {
    return { kind: 'own', definition: parseModule(textOf(files, MODULE_FILE)) }
  }
  const found = FOREIGN_FILES.find(([file]) => files.has(file))
  if (found === undefined) {
    const names = [MODULE_FILE, ...FOREIGN_FILES.map(([file]) => file)].join(', ')
    throw new InvalidModuleError(`this is no module: it has none of ${names}`, {
      field: 'module',
      limit: names,
      remedy: `write ${MODULE_FILE} (docs/modules.md)`
    })
  }
  return { kind: 'foreign', file: found[0], source: textOf(files, found[0]), system: system ?? found[1] }
}

/**
 * The job of a module with these inputs. Foreign templates are rendered as their own system does it, unless `strict`.
 *
 * @throws ModuleInputError, InvalidModuleError, TemplateError of several names, NotConvertibleError
 */
export function makeJob(files: ModuleFiles, given: ReadonlyMap<string, string>, options: JobOptions = {}): MadeJob {
  const module = moduleKind(files, options.system)
  if (module.kind === 'own') {
    return { job: jobOfModule(module.definition, files, given).job, warnings: [], inputFiles: [] }
  }
  const compiled = compileForeign(module.source, module.system)
  // their own client takes any key: one that nothing reads is a typing mistake
  checkKnown(namedInputs(compiled.template), given)
  const decoded =
    options.strict === true ? renderStrict(compiled, given) : parseRendered(renderForeign(compiled, given))
  return convertForeign(decoded)
}
