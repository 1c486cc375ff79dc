import type { Daemon, DaemonIo } from './cli/daemon-api.ts'
import type { Config } from './config/schema.ts'
import * as code from './daemon-code.ts'
import type { NodeInit } from './node.ts'
import { startWith } from './start-daemon.ts'

/**
 * Starts a node from its configuration: keys, network, funds on a development chain, then the node itself. What `dcn-node` does.
 *
 * @param io where it writes, who is asked for the passphrase, and a signal that ends a start under way
 * @param embedded what a program around it adds
 * @throws UserError of many names: DataDirInUseError, PassphraseMissingError, NetworkFileError, …
 * @example
 * ```ts
 * const { config } = effectiveConfig({ flags: { roles: 'creator', init: 'lab', dataDir: '.data/me', insecureDevKeys: 'true' } })
 * const { signal } = new AbortController()
 * const daemon = await startDaemon(config, { stdout: process.stdout, stderr: process.stderr, signal, passphrase: async () => '' })
 * console.log(daemon.ready.invite)
 * await daemon.stop()
 * ```
 */
export function startDaemon(
  config: Config,
  io: DaemonIo,
  embedded: Pick<NodeInit, 'aroundEngine'> = {}
): Promise<Daemon> {
  return startWith(async () => code, config, io, embedded)
}
