import { type Command, Option } from 'commander'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { FOREIGN_SYSTEMS, type ForeignSystem } from '../../protocols/modules/foreign/systems.ts'
import { parseInputs } from '../../protocols/modules/input-values.ts'
import { prepareModule } from '../modules/prepare.ts'
import type { Context } from './context.ts'
import { findModule, type RunTarget } from './find-module.ts'
import type { JobFile } from './job-file.ts'
import { shareModule } from './share-module.ts'
import { collect } from './submit.ts'

export interface ModuleOptions {
  input?: string[]
  inputsPath?: string
  strict?: boolean
  compat?: ForeignSystem
}

/** What every command that takes a module in the place of a file can be told. */
export function moduleOptions(command: Command): Command {
  return command
    .option('-i, --input <key=value>', 'value for an input of the module (repeatable)', collect)
    .option('--inputs-path <dir>', 'folder with the files that a module of another system reads')
    .option('--strict', 'refuse a template of another system that fails for some values')
    .addOption(new Option('--compat <system>', 'the system whose template it is').choices([...FOREIGN_SYSTEMS]))
}

/** Renders a module on this side, and removes what that put on disk when `work` is over. */
export async function withModule<T>(
  target: Exclude<RunTarget, { kind: 'file' }>,
  { input, inputsPath, strict, compat }: ModuleOptions,
  { client, io, json }: Context,
  work: (job: JobFile) => Promise<T>
): Promise<T> {
  const given = parseInputs(input ?? [])
  const module = await findModule(target, client, { signal: io.signal })
  const { job, warnings, cleanUp } = await prepareModule(module, {
    given,
    cwd: io.cwd,
    inputsPath,
    ...(strict === undefined ? {} : { strict }),
    ...(compat === undefined ? {} : { system: compat })
  })
  try {
    if (!json) for (const warning of warnings) io.stderr.write(`warning   ${warning}\n`)
    // what comes from elsewhere is in the node's store already
    if (!module.isFromNode) await shareModule(module, await client(), { signal: io.signal })
    return await work(job)
  } finally {
    await cleanUp()
  }
}

/** A specification has no inputs to fill in. */
export function checkPlain(path: string, { input, inputsPath, strict, compat }: ModuleOptions): void {
  const given = Object.entries({ input, 'inputs-path': inputsPath, strict, compat }).find(([, v]) => v !== undefined)
  if (given === undefined) return
  throw new InvalidInputError(`--${given[0]}: ${path} is a specification, and only modules have inputs`, {
    field: given[0],
    remedy: 'name the folder of the module, not a file in it'
  })
}
