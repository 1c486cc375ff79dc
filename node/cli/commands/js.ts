import type { Command } from 'commander'
import { absolute } from '../../config/convert.ts'
import { nodeCommand } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { readProgram } from '../js-program.ts'
import { type SpecOptions, specOf, specOptions } from '../spec-flags.ts'
import { submitJob, submitOptions } from '../submit.ts'
import type { Finish } from './types.ts'

interface JsOptions extends SpecOptions {
  entry?: string
}

export function runCommand(io: Io, finish: Finish): Command {
  const run = nodeCommand('run', 'run an ES module', [
    'dcn js run count.mjs --input data.txt',
    'dcn js run count.mjs --input data.txt:/inputs/text --out results -- --words'
  ])
    .argument('<file>', 'module whose default export is called; what it imports is bundled with it')
    .argument('[args...]', 'arguments, after --')
    .option('--entry <name>', 'the export to call (default: default)')
  return submitOptions(specOptions(run)).action((file: string, args: string[], options: JsOptions) =>
    finish(runJs(file, args, options, io), options)
  )
}

export async function runJs(file: string, args: string[], options: JsOptions, io: Io): Promise<ExitCode> {
  const source = await readProgram(absolute(file, io.cwd))
  const { entry } = options
  const js = { source, ...(entry === undefined ? {} : { entry }), ...(args.length === 0 ? {} : { args }) }
  return submitJob(specOf({ js }, options, io.cwd), options, io)
}
