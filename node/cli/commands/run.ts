import type { Command } from 'commander'
import { parseVariables, readBacalhauFile } from '../bacalhau-file.ts'
import { contextOf, nodeCommand } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { targetOf } from '../find-module.ts'
import type { Io } from '../io.ts'
import { readJobFile } from '../job-file.ts'
import { checkPlain, type ModuleOptions, moduleOptions, withModule } from '../module-job.ts'
import { runBacalhau } from '../run-bacalhau.ts'
import { collect, type SubmitOptions, submitJob, submitOptions } from '../submit.ts'
import type { Finish } from './types.ts'

export interface RunOptions extends SubmitOptions, ModuleOptions {
  templateVar?: string[]
}

export function runCommand(io: Io, finish: Finish): Command {
  const run = nodeCommand('run', 'run the job of a specification file, or a module', [
    'dcn run spec.yaml --out results',
    'dcn run cowsay:v0.0.1 -i Message=moo',
    'dcn run ./my-module -i Words=3 -i Photo=cat.jpg',
    'dcn run job.yaml -V name=moo'
  ]).argument(
    '<file>',
    'specification file (docs/jobs.md) or job file of Bacalhau (docs/bacalhau.md); module folder, ipfs://CID or name of a module (docs/modules.md)'
  )
  moduleOptions(run).option(
    '-V, --template-var <key=value>',
    'variable of the template of a job file of Bacalhau (repeatable)',
    collect
  )
  return submitOptions(run).action((job: string, options: RunOptions) => finish(runJob(job, options, io), options))
}

export async function runJob(job: string, options: RunOptions, io: Io): Promise<ExitCode> {
  const target = await targetOf(job, io.cwd)
  const variables = parseVariables(options.templateVar)
  if (target.kind !== 'file') {
    return await withModule(target, options, contextOf(io, options), job => submitJob(job, options, io))
  }
  checkPlain(target.path, options)
  const theirs = await readBacalhauFile(target.path, variables)
  if (theirs !== undefined) return await runBacalhau(theirs, options, io)
  return await submitJob(await readJobFile(target.path), options, io)
}
