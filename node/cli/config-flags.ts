import type { Command } from 'commander'
import { type EffectiveConfig, effectiveConfig } from '../config/load.ts'
import { flagOf, OPTIONS, type Option } from '../config/options.ts'
import type { Io } from './io.ts'

/** Lists may be given by repeating their flag. */
const REPEATABLE = new Set(['list', 'labels'])

const collectText = (value: string, previous?: string): string =>
  previous === undefined ? value : `${previous},${value}`
const attributeOf = (option: Option): string =>
  flagOf(option).replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())

/** Every setting of the node as a flag, from the one table. */
export function configFlags(command: Command): Command {
  command.option('--config <file>', 'settings in a YAML file (DCN_CONFIG)')
  for (const option of OPTIONS) {
    const name = `--${flagOf(option)}`
    const value = option.kind === 'boolean' ? '[bool]' : `<${option.placeholder.toLowerCase()}>`
    const flags = `${name} ${value}`
    if (REPEATABLE.has(option.kind)) command.option(flags, describe(option), collectText)
    else command.option(flags, describe(option))
  }
  return command
}

/** The configuration that the flags of a command, the environment and a file make together. */
export function configOf(options: Record<string, unknown>, io: Io): EffectiveConfig {
  const flags: Record<string, string> = {}
  for (const option of OPTIONS) {
    const given = options[attributeOf(option)]
    // a boolean flag without a value means yes
    if (given !== undefined) flags[option.key] = String(given)
  }
  const file = options['config']
  return effectiveConfig({ flags, env: io.env, cwd: io.cwd, file: typeof file === 'string' ? file : undefined })
}

function describe(option: Option): string {
  const { fallback } = option
  const shown = Array.isArray(fallback) ? fallback.join(',') : fallback
  const none = shown === undefined || shown === '' || typeof shown === 'object'
  return none ? option.description : `${option.description} (default: ${String(shown)})`
}
