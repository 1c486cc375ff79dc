import { statfs } from 'node:fs/promises'
import type { Config } from '../config/schema.ts'
import type { EngineReport } from '../engines/available.ts'
import type { Journal } from '../journal/journal.ts'
import type { Settlement } from '../settlement/settlement.ts'
import type { Check } from './readiness.ts'

export interface CheckComponents {
  config: Pick<Config, 'dataDir' | 'roles'>
  journal: Pick<Journal, 'setValue'>
  settlement: Pick<Settlement, 'kind' | 'now'>
  reports: readonly Pick<EngineReport, 'available'>[]
  clock: { nowMs(): number }
  peers(): number
  /** a chain that makes no blocks while nobody sends anything */
  isDevChain: boolean
  /** whether somebody else ought to be there */
  expectsPeers(): boolean
}

/** Below this the journal, the books and the blocks have no room for an hour's work. */
const MIN_DISK_BYTES = 256 * 2 ** 20
/** A chain whose newest block is older has stopped, or its endpoint has. */
const MAX_LAG_SEC = 15 * 60
const PROBE_KEY = 'health/probe'

/** What a node of these roles cannot be without. */
export function readinessChecks(c: CheckComponents): Record<string, Check> {
  const runsJobs = c.config.roles.includes('provider') || c.config.roles.includes('mediator')
  return {
    journal: () => {
      c.journal.setValue(PROBE_KEY, c.clock.nowMs(), { lazy: true })
      return undefined
    },
    disk: async () => {
      const { bavail, bsize } = await statfs(c.config.dataDir)
      const free = bavail * bsize
      if (free >= MIN_DISK_BYTES) return undefined
      return `${Math.floor(free / 2 ** 20)} MiB free on the disk of the data directory, ${MIN_DISK_BYTES / 2 ** 20} MiB are needed`
    },
    peers: () => (c.peers() > 0 || !c.expectsPeers() ? undefined : 'no other peer is connected'),
    ...(c.settlement.kind === 'evm' ? { chain: options => chainLag(c, options) } : {}),
    ...(runsJobs ? { engines: () => (c.reports.some(r => r.available) ? undefined : 'no engine runs here') } : {})
  }
}

const chainLag = async (c: CheckComponents, options: Parameters<Check>[0]): Promise<string | undefined> => {
  const lagSec = Math.floor(c.clock.nowMs() / 1000) - (await c.settlement.now(options))
  return c.isDevChain || lagSec <= MAX_LAG_SEC ? undefined : `the newest block of the chain is ${lagSec} s old`
}
