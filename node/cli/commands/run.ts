import type { Command } from 'commander'
import { absolute } from '../../config/convert.ts'
import { nodeCommand } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { readJobFile } from '../job-file.ts'
import { type SubmitOptions, submitJob, submitOptions } from '../submit.ts'
import type { Finish } from './types.ts'

export function runCommand(io: Io, finish: Finish): Command {
  return submitOptions(
    nodeCommand('run', 'run the job of a specification file', ['dcn run spec.yaml', 'dcn run spec.yaml --out results'])
  )
    .argument('<file>', 'specification, YAML or JSON (docs/jobs.md)')
    .action((file: string, options: SubmitOptions) => finish(runFile(file, options, io), options))
}

export async function runFile(file: string, options: SubmitOptions, io: Io): Promise<ExitCode> {
  return submitJob(await readJobFile(absolute(file, io.cwd)), options, io)
}
