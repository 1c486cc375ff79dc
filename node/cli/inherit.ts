import type { Command } from 'commander'
import type { Io } from './io.ts'

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
