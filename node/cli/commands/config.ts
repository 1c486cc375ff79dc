import type { Command } from 'commander'
import { isInvite } from '../../config/convert.ts'
import type { EffectiveConfig } from '../../config/load.ts'
import { configFlags, configOf } from '../config-flags.ts'
import { command, contextOf, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { clean, table } from '../text.ts'
import type { Finish } from './types.ts'

interface ConfigOptions extends Record<string, unknown> {
  json?: boolean
}

export function configCommand(io: Io, finish: Finish): Command {
  const made = command('config', 'what a node started here would be told, and by what', [
    'dcn config',
    'dcn config --config node.yaml --json'
  ])
  return configFlags(made).action((options: ConfigOptions) => finish(showConfig(options, io), options))
}

export async function showConfig(options: ConfigOptions, io: Io): Promise<ExitCode> {
  const effective = configOf(options, io)
  print(
    contextOf(io, { json: options.json === true }),
    { values: effective.values.map(v => ({ ...v, value: withoutSecret(v.value) })), warnings: effective.warnings },
    () => configText(effective)
  )
  return EXIT.done
}

function configText({ values, warnings }: EffectiveConfig): string {
  const rows = values.map(v => [v.key, showValue(withoutSecret(v.value)), v.origin === 'default' ? 'default' : v.from])
  return table(['KEY', 'VALUE', 'FROM'], rows, '') + warnings.map(w => `warning: ${clean(w)}\n`).join('')
}

/** Settings are shown to others when something is wrong; an invite lets them in. */
const withoutSecret = (value: unknown): unknown => (typeof value === 'string' && isInvite(value) ? 'dcn1…' : value)

function showValue(value: unknown): string {
  if (value === undefined) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
