import type { Command, Option } from 'commander'

/** What the value of an option or an argument is completed from. */
export type Values = 'files' | 'directories' | 'jobs' | 'none' | readonly string[]

export interface CompletedOption {
  flags: string[]
  about: string
  /** absent: it takes none */
  values?: Values
}

/** One place in the tree of commands, by the words that lead there. */
export interface Place {
  path: string
  commands: { name: string; about: string }[]
  options: CompletedOption[]
  argument: Values
}

const JOB_ARGUMENTS: ReadonlySet<string> = new Set(['id', 'job'])
const FILE_ARGUMENTS: ReadonlySet<string> = new Set(['file', 'network', 'deal'])

/** Every place of a program, the program itself first. */
export function placesOf(program: Command, above: readonly string[] = []): Place[] {
  const path = [...above, program.name()]
  const inner = program.commands
  const help = { flags: ['--help', '-h'], about: 'display help for command' }
  const place: Place = {
    path: path.join(' '),
    commands: inner.map(command => ({ name: command.name(), about: command.summary() })),
    options: [...program.options.filter(option => !option.hidden).map(completed), help],
    argument: argumentOf(program)
  }
  return [place, ...inner.flatMap(command => placesOf(command, path))]
}

function completed(option: Option): CompletedOption {
  const flags = [option.long, option.short].filter(flag => flag !== undefined && flag !== null)
  const about = option.description
  if (!option.required && !option.optional) return { flags, about }
  return { flags, about, values: option.argChoices ?? pathsIn(option.flags) }
}

/** By the placeholder of its value. */
function pathsIn(flags: string): Values {
  const placeholder = /[<[](\w+)/.exec(flags)?.[1]?.toLowerCase() ?? ''
  if (placeholder === 'dir') return 'directories'
  return ['file', 'path'].includes(placeholder) ? 'files' : 'none'
}

function argumentOf({ registeredArguments: [first] }: Command): Values {
  if (first === undefined) return 'none'
  if (first.argChoices !== undefined) return first.argChoices
  if (JOB_ARGUMENTS.has(first.name()) || first.name() === 'group') return 'jobs'
  return FILE_ARGUMENTS.has(first.name()) ? 'files' : 'none'
}
