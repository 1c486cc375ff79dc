import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { configCommand } from './commands/config.ts'
import { dealsCommand } from './commands/deals.ts'
import { disputeCommand } from './commands/dispute.ts'
import { dockerCommand } from './commands/docker.ts'
import { doctorCommand } from './commands/doctor.ts'
import { imageCommand } from './commands/image.ts'
import { jobCommand } from './commands/job/index.ts'
import { jsCommand } from './commands/js.ts'
import { networkCommand } from './commands/network/index.ts'
import { nodeInfoCommand } from './commands/node.ts'
import { offersCommand } from './commands/offers.ts'
import { peersCommand } from './commands/peers.ts'
import { rankCommand } from './commands/rank.ts'
import { receiptCommand } from './commands/receipt.ts'
import { runCommand } from './commands/run.ts'
import { seatCommand } from './commands/seat.ts'
import type { Finish } from './commands/types.ts'
import { verifyMatchCommand } from './commands/verify-match.ts'
import { walletCommand } from './commands/wallet/index.ts'
import { wasmCommand } from './commands/wasm.ts'
import { EXIT, type ExitCode, report } from './exit.ts'
import type { Io } from './io.ts'

const COMMANDS = [
  runCommand,
  jsCommand,
  wasmCommand,
  dockerCommand,
  imageCommand,
  jobCommand,
  disputeCommand,
  receiptCommand,
  seatCommand,
  rankCommand,
  offersCommand,
  verifyMatchCommand,
  peersCommand,
  dealsCommand,
  walletCommand,
  networkCommand,
  nodeInfoCommand,
  doctorCommand,
  configCommand
]

const EXIT_HELP = `
Exit codes: 0 done, 1 the job failed, 2 usage, 3 no match, 4 network, 5 money, 6 not provable
Examples:
  $ dcn js run count.mjs --input data.txt
  $ dcn docker run debian:12 -- echo hello
  $ dcn job list`

/** The client: runs one command and gives its exit code; never throws. @param args without node and script */
export async function dcn(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  // commander's own refusals come before any command has read its options
  let json = beforeDashes(args).includes('--json')
  const finish: Finish = async (work, options) => {
    json = options.json === true
    code = await work
  }
  const program = new Command('dcn').description('submit jobs to a dcn network and look after the local node')
  program.version(VERSION)
  for (const make of COMMANDS) program.addCommand(make(io, finish))
  program.addHelpText('after', EXIT_HELP)
  inherit(program, io)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return report(error, io, json)
  }
}

/** Output into `io` and no process.exit, for a command and all below it. */
export function inherit(command: Command, io: Io): void {
  command
    .exitOverride()
    .showHelpAfterError('(add --help for the options and an example)')
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text)
    })
  for (const inner of command.commands) inherit(inner, io)
}

const beforeDashes = (args: readonly string[]): readonly string[] => {
  const at = args.indexOf('--')
  return at < 0 ? args : args.slice(0, at)
}
