import { Command } from 'commander'

/** A command that only holds others. */
export function group(name: string, summary: string, commands: readonly Command[]): Command {
  const made = new Command(name).description(summary)
  for (const command of commands) made.addCommand(command)
  return made
}
