import type { Writable } from 'node:stream'
import type { Config } from '../config/schema.ts'

/** What a started node tells: printed as lines, or as the `ready` event with --json. */
export interface ReadyInfo {
  peerId: string
  account: string
  addrs: string[]
  roles: string[]
  network: { id: string; name: string }
  /** URL of the local API */
  api: string
  /** URL of the metrics that need no token, with `metrics.listen` */
  metrics?: string
  dataDir: string
  /** URL of the page, with the role faucet */
  faucet?: string
  /** of a provider, open or not: engines, prices in whole tokens, and with a schedule its hours, as text for people */
  offer?: { engines: string[]; price: Record<string, string>; hours?: string }
  /** of the first node of a network: the line for the next host */
  invite?: string
  warnings: { message: string; remedy?: string }[]
}

/** What a daemon has of the world around it. */
export interface DaemonIo {
  stdout: Writable
  stderr: Writable
  /** aborted by the first Ctrl-C: a start that is still under way ends early */
  signal: AbortSignal
  /** asks for the passphrase of the keys, only when they need one; `isNew` asks twice. @throws PassphraseMissingError */
  passphrase(options: { isNew: boolean }): Promise<string>
}

/** A node that runs. */
export interface Daemon {
  ready: ReadyInfo
  /** drains and stops; idempotent */
  stop(): Promise<void>
  /** settles when the node has stopped, whoever asked for it */
  closed: Promise<void>
}

export type StartDaemon = (config: Config, io: DaemonIo) => Promise<Daemon>
