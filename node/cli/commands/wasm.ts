import type { Command } from 'commander'
import { absolute } from '../../config/convert.ts'
import { nodeCommand } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { type SpecOptions, specOf, specOptions } from '../spec-flags.ts'
import { submitJob, submitOptions } from '../submit.ts'
import { group } from './group.ts'
import type { Finish } from './types.ts'

export function wasmCommand(io: Io, finish: Finish): Command {
  const run = nodeCommand('run', 'run a WASI module', ['dcn wasm run sort.wasm --input data.txt -- /inputs/data.txt'])
    .argument('<file>', 'WebAssembly module (WASI preview 1)')
    .argument('[args...]', 'arguments, after --')
  submitOptions(specOptions(run)).action((file: string, args: string[], options: SpecOptions) =>
    finish(runWasm(file, args, options, io), options)
  )
  return group('wasm', 'jobs compiled to WebAssembly', [run])
}

export async function runWasm(file: string, args: string[], options: SpecOptions, io: Io): Promise<ExitCode> {
  const wasm = { local: absolute(file, io.cwd), ...(args.length === 0 ? {} : { args }) }
  return submitJob(specOf({ wasm }, options, io.cwd), options, io)
}
