import type { Command } from 'commander'
import { formatSize } from '../../protocols/common/units.ts'
import type { ConfigSources } from '../config/load.ts'
import { groupsOf } from '../config/option-groups.ts'
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
  command.option('--config <file>', 'settings in a YAML file (DCN_CONFIG; default: node.yaml of the data directory)')
  for (const { title, options } of groupsOf(OPTIONS)) {
    command.optionsGroup(`${title}:`)
    settingFlags(command, options)
  }
  return command
}

function settingFlags(command: Command, options: readonly Option[]): void {
  for (const option of options) {
    const name = `--${flagOf(option)}`
    const value = option.kind === 'boolean' ? '[bool]' : `<${option.placeholder.toLowerCase()}>`
    const flags = `${name} ${value}`
    if (REPEATABLE.has(option.kind)) command.option(flags, describe(option), collectText)
    else command.option(flags, describe(option))
  }
}

/** What the flags of a command, the environment and a file say of the settings. */
export function sourcesOf(options: Record<string, unknown>, io: Io): ConfigSources {
  const flags: Record<string, string> = {}
  for (const option of OPTIONS) {
    const given = options[attributeOf(option)]
    // a boolean flag without a value means yes
    if (given !== undefined) flags[option.key] = String(given)
  }
  const file = options['config']
  return { flags, env: io.env, cwd: io.cwd, file: typeof file === 'string' ? file : undefined, homeFile: true }
}

function describe(option: Option): string {
  const { fallback, kind } = option
  const text = kind === 'size' && typeof fallback === 'number' ? formatSize(fallback) : fallback
  const shown = Array.isArray(text) ? text.join(',') : text
  const none = shown === undefined || shown === '' || typeof shown === 'object'
  return none ? option.description : `${option.description} (default: ${String(shown)})`
}
