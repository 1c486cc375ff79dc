// docs/commands.md: the help of every command, as it is printed.
import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import { pathsOf } from '../../node/cli/command-tree.ts'
import { COMMANDS } from '../../node/cli/commands/table.ts'
import { nodeProgram } from '../../node/cli/node-program.ts'
import { clientProgram } from '../../node/cli/program.ts'

/** A line of a code block that needs no scrolling on a page. */
const COLUMNS = 110

const silent = {
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  stdin: new PassThrough(),
  env: {},
  cwd: '/',
  isTty: false,
  signal: new AbortController().signal
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: more => (text += more), getOutHelpWidth: () => COLUMNS })
  command.outputHelp()
  return text.trimEnd()
}

/** Examples are shown as what is typed, so that they are checked like all others. */
const EXAMPLES = /\n\n?Examples:\n((?: {2}\$ .*(?:\n|$))+)/

function section(title: string, command: Command): string {
  const help = helpOf(command)
  const examples = EXAMPLES.exec(help)?.[1] ?? ''
  const typed = examples.trimEnd().replace(/^ {2}\$ /gm, '')
  return [`## ${title}`, block('text', help.replace(EXAMPLES, '\n').trimEnd()), block('sh', typed)].join('\n\n')
}

const block = (lang: string, text: string): string => `\`\`\`${lang}\n${text}\n\`\`\``

function at(program: Command, path: readonly string[]): Command {
  const [first, ...rest] = path
  const found = first === undefined ? program : program.commands.find(command => command.name() === first)
  if (found === undefined) throw new Error(`there is no command ${first}`)
  return first === undefined ? found : at(found, rest)
}

/** Every command with its help, in the order of the table. */
export async function commandDocs(): Promise<string> {
  const client = await clientProgram('all', silent, () => Promise.resolve())
  const sections = pathsOf(COMMANDS).map(path => section(`dcn ${path.join(' ')}`, at(client, path)))
  return [section('dcn', client), ...sections, section('dcn-node', nodeProgram(silent))].join('\n\n')
}
