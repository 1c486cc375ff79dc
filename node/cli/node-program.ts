import { Command } from 'commander'
import type { HostSurvey } from '../config/host/survey.ts'
import { type ConfigSources, type EffectiveConfig, effectiveConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { VERSION } from '../version.ts'
import { configFlags, sourcesOf } from './config-flags.ts'
import type { Daemon, ReadyInfo, StartDaemon } from './daemon-api.ts'
import { EXIT, type ExitCode, report } from './exit.ts'
import { inherit } from './inherit.ts'
import type { Io } from './io.ts'
import { daemonManual } from './manual.ts'
import { askPassphrase } from './passphrase.ts'
import { lacksNetwork, networkMissing, runSetup } from './setup/run-setup.ts'
import { clean, fields } from './text.ts'

const EXAMPLES = `
Examples:
  $ dcn-node
  $ dcn-node --role relay --init lab --listen /ip4/0.0.0.0/tcp/4101
  $ dcn-node --role provider --network dcn1… --price-cpu-hour 0.02
  $ dcn-node --role creator --network lab.json --config node.yaml`

/** Looks at the host, for the questions of a first start. */
export type Survey = (config: Config) => Promise<HostSurvey>

interface DaemonOptions extends Record<string, unknown> {
  json?: boolean
}

/** The daemon: runs a node until a signal or its API stops it; never throws. @param load brings the node's code */
export async function dcnNode(
  args: readonly string[],
  io: Io,
  load: () => Promise<StartDaemon>,
  survey: Survey = surveyThis
): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const program = nodeProgram(io).action(async (options: DaemonOptions) => {
    code = await runDaemon(options, io, load, survey)
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
  program.addHelpText('after', `${EXAMPLES}${daemonManual()}`)
  inherit(program, io)
  return program
}

async function surveyThis(config: Config): Promise<HostSurvey> {
  const { surveyHost } = await import('../config/host/survey.ts')
  return await surveyHost(config)
}

async function networkName(fileOrInvite: string): Promise<string> {
  const { loadNetwork } = await import('../network/network-file.ts')
  return (await loadNetwork(fileOrInvite)).document.name
}

interface Settled {
  effective: EffectiveConfig
  /** typed at the first start */
  passphrase?: string | undefined
}

/** The settings to run with: where there are none, a person at a terminal is asked, and nobody else is waited for. */
async function settle(sources: ConfigSources, io: Io, json: boolean, survey: Survey): Promise<Settled> {
  const effective = effectiveConfig(sources)
  if (!lacksNetwork(effective)) return { effective }
  const mayAsk = !json && io.stdin.isTTY === true && effective.file === undefined
  if (!mayAsk) throw networkMissing(effective, io.env)
  const passphrase = await runSetup(io, sources, { survey, networkName })
  return { effective: effectiveConfig(sources), passphrase }
}

async function runDaemon(
  options: DaemonOptions,
  io: Io,
  load: () => Promise<StartDaemon>,
  survey: Survey
): Promise<ExitCode> {
  const json = options.json === true
  const { effective, passphrase } = await settle(sourcesOf(options, io), io, json, survey)
  const { config, warnings } = effective
  if (!json) for (const warning of warnings) io.stderr.write(`warning: ${clean(warning)}\n`)
  const start = await load()
  const daemon = await start(config, {
    stdout: io.stdout,
    stderr: io.stderr,
    signal: io.signal,
    passphrase: async ({ isNew }) => passphrase ?? (await askPassphrase(io, { file: config.passphraseFile, isNew }))
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
    faucet: ready.faucet,
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
