import type { Command } from 'commander'
import { InvalidInputError } from '../../protocols/common/errors.ts'
import { parseInput, parseOutput } from './inputs.ts'
import type { JobFile } from './job-file.ts'
import { collect, type SubmitOptions } from './submit.ts'

export interface SpecOptions extends SubmitOptions {
  input?: string[]
  output?: string[]
  env?: string[]
  cpu?: string
  memory?: string
  disk?: string
  gpus?: string
  timeout?: string
  private?: boolean
}

/** The parts of a specification that all engines share, as flags. */
export function specOptions(command: Command): Command {
  return command
    .option('--input <path[:/inputs/name]>', 'file or directory for the job to read (repeatable)', collect)
    .option('--output <name:/path>', 'what to bring back (repeatable; default outputs:/outputs)', collect)
    .option('--env <key=value>', 'variable for the job (repeatable)', collect)
    .option('--cpu <cores>', 'cores, such as 0.5 (default 1)')
    .option('--memory <size>', 'memory, such as 512MiB (default 256MiB)')
    .option('--disk <size>', 'disk, such as 2GiB (default 1GiB)')
    .option('--timeout <time>', 'longest run, such as 90s (default 1m)')
    .option(
      '--private',
      'seal inputs and results: nobody but the provider and drawn judges can read them (docs/private.md)'
    )
}

/** A specification in file form; what the values mean is checked where files are. */
export function specOf(engine: JobFile, options: SpecOptions, cwd: string): JobFile {
  const { input = [], output = [], env = [], cpu, memory, disk, gpus, timeout } = options
  const isPrivate = options.private === true
  const resources = { cpu, memory, disk, gpus: gpus === undefined ? undefined : wholeNumber(gpus) }
  const given = Object.entries(resources).filter(([, value]) => value !== undefined)
  return {
    engine,
    ...(input.length === 0 ? {} : { inputs: input.map(text => parseInput(text, cwd)) }),
    ...(output.length === 0 ? {} : { outputs: output.map(parseOutput) }),
    ...(env.length === 0 ? {} : { env: Object.fromEntries(env.map(variable)) }),
    ...(given.length === 0 ? {} : { resources: Object.fromEntries(given) }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(isPrivate ? { private: true } : {})
  }
}

function variable(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new InvalidInputError('--env: expected KEY=VALUE', {
    field: 'env',
    value: text,
    remedy: 'write --env KEY=VALUE'
  })
}

function wholeNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text)
  throw new InvalidInputError('--gpus: expected a whole number', { field: 'gpus', value: text })
}
