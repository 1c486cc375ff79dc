import { Command } from 'commander'
import type { ReadyInfo, startDaemon } from '../daemon.ts'
import { configFlags, configOf } from './config-flags.ts'
import { EXIT, type ExitCode, report } from './exit.ts'
import type { Io } from './io.ts'
import { nodeText } from './node-text.ts'
import { askPassphrase } from './passphrase.ts'
import { inherit } from './program.ts'
import { clean } from './text.ts'

const EXAMPLES = `
Examples:
  $ dcn-node --role relay --init lab --listen /ip4/0.0.0.0/tcp/4101
  $ dcn-node --role provider --network dcn1… --price-cpu-hour 0.02
  $ dcn-node --role creator --network lab.json --config node.yaml

Every flag is also a variable (--http-port: DCN_HTTP_PORT) and a key of the file (http.port).
Ctrl-C lets running work finish; a second one stops at once. Nothing is lost either way.`

export type StartDaemon = typeof startDaemon

interface DaemonOptions extends Record<string, unknown> {
  json?: boolean
}

/** The daemon: runs a node until a signal or its API stops it; never throws. @param load brings the node's code */
export async function dcnNode(args: readonly string[], io: Io, load: () => Promise<StartDaemon>): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const program = new Command('dcn-node')
    .description('run a node of a dcn network')
    .option('--json', 'print one JSON line per event')
  configFlags(program)
  program.addHelpText('after', EXAMPLES).action(async (options: DaemonOptions) => {
    code = await runDaemon(options, io, load)
  })
  inherit(program, io)
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return report(error, io, args.includes('--json'))
  }
}

async function runDaemon(options: DaemonOptions, io: Io, load: () => Promise<StartDaemon>): Promise<ExitCode> {
  const { config, warnings } = configOf(options, io)
  const json = options.json === true
  const asked = Promise.withResolvers<void>()
  if (io.signal.aborted) asked.resolve()
  io.signal.addEventListener('abort', () => asked.resolve(), { once: true })
  const start = await load()
  const daemon = await start(config, {
    stdout: io.stdout,
    stderr: io.stderr,
    passphrase: isNew => askPassphrase(io, { file: config.passphraseFile, isNew }),
    onStopRequest: () => asked.resolve()
  })
  const ready = { ...daemon.ready, warnings: [...warnings.map(message => ({ message })), ...daemon.ready.warnings] }
  io.stdout.write(json ? `${JSON.stringify({ event: 'ready', ...ready })}\n` : readyText(ready))
  await asked.promise
  if (!json) io.stderr.write('stopping: running work may finish; Ctrl-C again stops at once\n')
  await daemon.stop()
  if (json) io.stdout.write(`${JSON.stringify({ event: 'stopped' })}\n`)
  return EXIT.done
}

/** What a person wants to see first; `dcn node` shows the same later. */
function readyText(ready: ReadyInfo): string {
  const { invite } = ready
  const join = `\nThe next host joins with:\n  dcn-node --role provider --network ${clean(invite ?? '')}\n\n`
  return `${nodeText(ready, ready.url)}${invite === undefined ? '' : join}ready\n`
}
