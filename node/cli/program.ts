import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { assemble, type Wanted, wordsOf } from './command-tree.ts'
import { COMMANDS } from './commands/table.ts'
import type { Finish } from './commands/types.ts'
import { EXIT, type ExitCode, report } from './exit.ts'
import { inherit } from './inherit.ts'
import type { Io } from './io.ts'
import { withOwnWords } from './own-words.ts'

const EXIT_HELP = `
Exit codes: 0 done, 1 the job failed, 2 usage, 3 no match, 4 network, 5 money, 6 not provable
Examples:
  $ dcn js run count.mjs --input data.txt
  $ dcn docker run debian:12 -- echo hello
  $ dcn job list`

/** The client: runs one command and gives its exit code; never throws. @param args without node and script */
export async function dcn(given: readonly string[], io: Io): Promise<ExitCode> {
  const args = helpLast(given)
  let code: ExitCode = EXIT.done
  // commander's own refusals come before any command has read its options
  let json = beforeDashes(args).includes('--json')
  const finish: Finish = async (work, options) => {
    json = options.json === true
    code = await work
  }
  try {
    const program = await clientProgram(wordsOf(args), io, finish)
    json = beforeDashes(withOwnWords(args, program)).includes('--json')
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return report(error, io, json)
  }
}

/** `dcn` with the code of the wanted commands. */
export async function clientProgram(wanted: Wanted, io: Io, finish: Finish): Promise<Command> {
  const program = new Command('dcn').description('submit jobs to a dcn network and look after the local node')
  program.version(VERSION, '--version', 'print the version').helpCommand(false)
  for (const command of await assemble(COMMANDS, wanted, io, finish)) program.addCommand(command)
  program.addHelpText('after', EXIT_HELP)
  inherit(program, io)
  // before the parser takes flags of a container for flags of ours
  const parse = program.parseOptions.bind(program)
  program.parseOptions = words => parse([...withOwnWords(words, program)])
  return program
}

/** `dcn help job list` is `dcn job list --help`. */
function helpLast(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args
  return first === 'help' ? [...wordsOf(rest), '--help'] : args
}

const beforeDashes = (args: readonly string[]): readonly string[] => {
  const at = args.indexOf('--')
  return at < 0 ? args : args.slice(0, at)
}
