import type { Command } from 'commander'
import { type CommonOptions, contextOf, nodeCommand, print } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit.ts'
import type { Io } from '../../io.ts'
import { nodeText } from '../../node-text.ts'
import type { Finish } from '../types.ts'

/** Alone it tells what the node is; its commands (table.ts) tell what it does, and whether it goes on. */
export function nodeInfoCommand(io: Io, finish: Finish): Command {
  return nodeCommand('node', 'what the local node is and does', ['dcn node', 'dcn node status --watch']).action(
    (options: CommonOptions) => finish(showNode(options, io), options)
  )
}

export async function showNode(options: CommonOptions, io: Io): Promise<ExitCode> {
  const context = contextOf(io, options)
  const client = await context.client()
  const info = await client.info()
  print(context, { ...info, api: client.url }, () => nodeText(info, client.url))
  return EXIT.done
}
