import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { configFlags, configOf } from './config-flags.ts'
import type { Daemon, ReadyInfo, StartDaemon } from './daemon-api.ts'
import { EXIT, type ExitCode, report } from './exit.ts'
import type { Io } from './io.ts'
import { askPassphrase } from './passphrase.ts'
import { inherit } from './program.ts'
import { clean, fields } from './text.ts'

const EXAMPLES = `
Examples:
  $ dcn-node --role relay --init lab --listen /ip4/0.0.0.0/tcp/4101
  $ dcn-node --role provider --network dcn1… --price-cpu-hour 0.02
  $ dcn-node --role creator --network lab.json --config node.yaml

Every flag is also a variable (--http-port: DCN_HTTP_PORT) and a key of the file (http.port).
Ctrl-C lets running work finish; a second one stops at once. Nothing is lost either way.`

interface DaemonOptions extends Record<string, unknown> {
  json?: boolean
}

/** The daemon: runs a node until a signal or its API stops it; never throws. @param load brings the node's code */
export async function dcnNode(args: readonly string[], io: Io, load: () => Promise<StartDaemon>): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const program = nodeProgram(io).action(async (options: DaemonOptions) => {
    code = await runDaemon(options, io, load)
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return report(error, io, args.includes('--json'))
  }
}

/** `dcn-node` with all its flags, before it does anything. */
export function nodeProgram(io: Io): Command {
  const program = new Command('dcn-node')
    .description('run a node of a dcn network')
    .version(VERSION)
    .option('--json', 'print one JSON line per event')
  configFlags(program)
  program.addHelpText('after', EXAMPLES)
  inherit(program, io)
  return program
}

async function runDaemon(options: DaemonOptions, io: Io, load: () => Promise<StartDaemon>): Promise<ExitCode> {
  const { config, warnings } = configOf(options, io)
  const json = options.json === true
  if (!json) for (const warning of warnings) io.stderr.write(`warning: ${clean(warning)}\n`)
  const start = await load()
  const daemon = await start(config, {
    stdout: io.stdout,
    stderr: io.stderr,
    signal: io.signal,
    passphrase: ({ isNew }) => askPassphrase(io, { file: config.passphraseFile, isNew })
  })
  const { ready } = daemon
  const all: ReadyInfo = { ...ready, warnings: [...warnings.map(message => ({ message })), ...ready.warnings] }
  io.stdout.write(json ? `${JSON.stringify({ event: 'ready', ...all })}\n` : readyText(ready))
  await untilStopped(daemon, io, json)
  if (json) io.stdout.write(`${JSON.stringify({ event: 'stopped' })}\n`)
  return EXIT.done
}

async function untilStopped(daemon: Daemon, io: Io, json: boolean): Promise<void> {
  const asked = new Promise<void>(resolve => {
    if (io.signal.aborted) resolve()
    io.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([asked, daemon.closed])
  if (io.signal.aborted) {
    io.stderr.write(json ? '' : 'stopping: running work may finish; Ctrl-C again stops at once\n')
    await daemon.stop()
  }
  await daemon.closed
}

function readyText(ready: ReadyInfo): string {
  const price = Object.entries(ready.offer?.price ?? {}).map(([what, amount]) => `${what} ${amount}`)
  const lines = fields({
    network: ready.network.name,
    peer: ready.peerId,
    account: ready.account,
    roles: ready.roles.join(', '),
    listening: ready.addrs.join(' ') || 'nowhere',
    engines: ready.offer === undefined ? undefined : ready.offer.engines.join(', ') || 'none',
    prices: ready.offer === undefined ? undefined : price.join(', '),
    hours: ready.offer?.hours,
    api: ready.api,
    metrics: ready.metrics,
    directory: ready.dataDir
  })
  const warnings = ready.warnings.map(
    w => `warning: ${clean(w.message)}${w.remedy === undefined ? '' : `\n  ${clean(w.remedy)}`}\n`
  )
  const invite =
    ready.invite === undefined
      ? ''
      : `\nThe next host joins with:\n  dcn-node --role provider --network ${clean(ready.invite)}\n\n`
  return `${lines}${warnings.join('')}${invite}ready\n`
}
