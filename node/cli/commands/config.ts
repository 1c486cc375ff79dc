import type { Command } from 'commander'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { absolute, isInvite } from '../../config/convert.ts'
import { type EffectiveConfig, effectiveConfig } from '../../config/load.ts'
import { settingsExist, writeNew } from '../../config/write-new.ts'
import { configFlags, sourcesOf } from '../config-flags.ts'
import { command, contextOf, print } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { clean, table } from '../text.ts'
import type { Finish } from './types.ts'

interface ConfigOptions extends Record<string, unknown> {
  json?: boolean
  /** true: without a name */
  init?: string | boolean
  out?: string
}

export function configCommand(io: Io, finish: Finish): Command {
  const made = configFlags(
    command('config', 'what a node started here would be told, and by what', [
      'dcn config',
      'dcn config --config node.yaml --json',
      'dcn config --init --out node.yaml'
    ]).option('--out <file>', 'with --init without a name: write the file instead of printing it')
  )
  // the setting takes a name; without one nothing would be created
  const init = made.options.find(option => option.long === '--init')
  if (init !== undefined) {
    Object.assign(init, { required: false, optional: true, flags: '--init [name]' })
    init.description += '; without a name: print a whole file of settings'
  }
  return made.action((options: ConfigOptions) => {
    const isTemplate = options.init === true
    return finish(isTemplate ? template(options, io) : showConfig(options, io), options)
  })
}

/** Every setting, its meaning and its default, as a file to begin with. */
async function template({ out, json }: ConfigOptions, io: Io): Promise<ExitCode> {
  const { settingsTemplate } = await import('../../config/settings-file.ts')
  const text = settingsTemplate()
  if (out === undefined) {
    print(contextOf(io, { json: json === true }), { file: text }, () => text)
    return EXIT.done
  }
  const path = absolute(out, io.cwd)
  await writeNew(path, text, settingsExist)
  print(contextOf(io, { json: json === true }), { path }, () => `${clean(path)}\n`)
  return EXIT.done
}

export async function showConfig(options: ConfigOptions, io: Io): Promise<ExitCode> {
  if (options.out !== undefined) {
    throw new InvalidInputError('--out goes with --init without a name', {
      field: 'out',
      value: options.out,
      remedy: 'say --init, or leave out --out'
    })
  }
  const effective = effectiveConfig(sourcesOf(options, io))
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
