import { Argument, type Command } from 'commander'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { completionScript, SHELLS } from '../completion/scripts.ts'
import { placesOf } from '../completion/tree.ts'
import { command } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import type { Finish } from './types.ts'

export function completionCommand(io: Io, finish: Finish): Command {
  const shell = new Argument('<shell>', `${SHELLS.join(', ')}`)
  shell.argChoices = [...SHELLS]
  return command('completion', 'completion of dcn and dcn-node for a shell: commands, options, values, jobs, files', [
    'eval "$(dcn completion bash)"            # in ~/.bashrc',
    'source <(dcn completion zsh)             # in ~/.zshrc, after compinit',
    'dcn completion fish | source             # in ~/.config/fish/config.fish'
  ])
    .addArgument(shell)
    .action((wanted: string, options: { json?: boolean }) => finish(printCompletion(wanted, options, io), options))
}

export async function printCompletion(wanted: string, { json }: { json?: boolean }, io: Io): Promise<ExitCode> {
  const shell = SHELLS.find(name => name === wanted)
  if (shell === undefined) {
    throw new InvalidInputError(`there is no completion for ${wanted}`, {
      field: 'shell',
      value: wanted,
      limit: SHELLS.join(', '),
      remedy: `name one of ${SHELLS.join(', ')}`
    })
  }
  const { clientProgram } = await import('../program.ts')
  const { nodeProgram } = await import('../node-program.ts')
  const client = await clientProgram('all', io, () => Promise.resolve())
  const script = completionScript(shell, [...placesOf(client), ...placesOf(nodeProgram(io))])
  io.stdout.write(json === true ? `${JSON.stringify({ shell, script })}\n` : script)
  return EXIT.done
}
