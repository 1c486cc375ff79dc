import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { availableEngines, type EngineReport } from '../../engines/available.ts'
import { createLog } from '../../log/create.ts'
import type { Config } from '../schema.ts'
import { type HostFacts, probeHost } from './probe.ts'

/** What somebody who sets up a node is told of the host. */
export interface HostSurvey {
  host: HostFacts
  engines: EngineReport[]
}

/** Looks at the host without leaving anything on it: the data directory need not be there yet. */
export async function surveyHost(config: Config): Promise<HostSurvey> {
  const host = await probeHost({ ...config, dataDir: nearestThere(config.dataDir), roles: ['provider'] })
  const { log, close } = createLog({ ...config.log, level: 'silent', file: undefined }, () => undefined)
  try {
    const { reports } = await availableEngines(config, 'setup', log, host.gpus.devices.length > 0)
    return { host, engines: reports }
  } finally {
    await close()
  }
}

const nearestThere = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : nearestThere(dirname(path))
