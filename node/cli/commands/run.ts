import { type Command, Option } from 'commander'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { FOREIGN_SYSTEMS, type ForeignSystem } from '../../../protocols/modules/foreign/systems.ts'
import { parseInputs } from '../../../protocols/modules/input-values.ts'
import { prepareModule } from '../../modules/prepare.ts'
import { parseVariables, readBacalhauFile } from '../bacalhau-file.ts'
import { contextOf, nodeCommand } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { findModule, type RunTarget, targetOf } from '../find-module.ts'
import type { Io } from '../io.ts'
import { readJobFile } from '../job-file.ts'
import { runBacalhau } from '../run-bacalhau.ts'
import { shareModule } from '../share-module.ts'
import { collect, type SubmitOptions, submitJob, submitOptions } from '../submit.ts'
import type { Finish } from './types.ts'

export interface RunOptions extends SubmitOptions {
  input?: string[]
  inputsPath?: string
  strict?: boolean
  compat?: ForeignSystem
  templateVar?: string[]
}

export function runCommand(io: Io, finish: Finish): Command {
  const run = nodeCommand('run', 'run the job of a specification file, or a module', [
    'dcn run spec.yaml --out results',
    'dcn run cowsay:v0.0.1 -i Message=moo',
    'dcn run ./my-module -i Words=3 -i Photo=cat.jpg',
    'dcn run job.yaml -V name=moo'
  ])
    .argument(
      '<file>',
      'specification file (docs/jobs.md) or job file of Bacalhau (docs/bacalhau.md); module folder, ipfs://CID or name of a module (docs/modules.md)'
    )
    .option('-i, --input <key=value>', 'value for an input of the module (repeatable)', collect)
    .option('--inputs-path <dir>', 'folder with the files that a module of another system reads')
    .option(
      '-V, --template-var <key=value>',
      'variable of the template of a job file of Bacalhau (repeatable)',
      collect
    )
    .option('--strict', 'refuse a template of another system that fails for some values')
    .addOption(new Option('--compat <system>', 'the system whose template it is').choices([...FOREIGN_SYSTEMS]))
  return submitOptions(run).action((job: string, options: RunOptions) => finish(runJob(job, options, io), options))
}

export async function runJob(job: string, options: RunOptions, io: Io): Promise<ExitCode> {
  const target = await targetOf(job, io.cwd)
  const variables = parseVariables(options.templateVar)
  if (target.kind !== 'file') return await runModule(target, options, io)
  checkPlain(target.path, options)
  const theirs = await readBacalhauFile(target.path, variables)
  if (theirs !== undefined) return await runBacalhau(theirs, options, io)
  return await submitJob(await readJobFile(target.path), options, io)
}

async function runModule(target: Exclude<RunTarget, { kind: 'file' }>, options: RunOptions, io: Io): Promise<ExitCode> {
  const given = parseInputs(options.input ?? [])
  const { client } = contextOf(io, options)
  const module = await findModule(target, client, { signal: io.signal })
  const { inputsPath, strict, compat } = options
  const { job, warnings, cleanUp } = await prepareModule(module, {
    given,
    cwd: io.cwd,
    inputsPath,
    ...(strict === undefined ? {} : { strict }),
    ...(compat === undefined ? {} : { system: compat })
  })
  try {
    if (options.json !== true) for (const warning of warnings) io.stderr.write(`warning   ${warning}\n`)
    // what comes from elsewhere is in the node's store already
    if (!module.isFromNode) await shareModule(module, await client(), { signal: io.signal })
    return await submitJob(job, options, io)
  } finally {
    await cleanUp()
  }
}

/** A specification has no inputs to fill in. */
function checkPlain(path: string, { input, inputsPath, strict, compat }: RunOptions): void {
  const given = Object.entries({ input, 'inputs-path': inputsPath, strict, compat }).find(([, v]) => v !== undefined)
  if (given === undefined) return
  throw new InvalidInputError(`--${given[0]}: ${path} is a specification, and only modules have inputs`, {
    field: given[0],
    remedy: 'name the folder of the module, not a file in it'
  })
}
