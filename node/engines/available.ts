import type { EngineKind } from '../../protocols/job/schema.ts'
import type { Log } from '../components.ts'
import type { Config } from '../config/schema.ts'
import { type Engines, engines } from './index.ts'

/** What this host has of an engine, as `dcn node` shows it. */
export interface EngineReport {
  kind: EngineKind
  available: boolean
  version?: string
  reason?: string
  remedy?: string
  /** something is not as it could be: an old runtime, a network that jobs cannot have */
  warning?: string
}

/**
 * The configured engines that this host can run, and what each said of itself.
 *
 * @param gpus whether containers here can have GPUs
 * @param nodeId names what belongs to this node among the containers of a shared Docker engine
 */
export async function availableEngines(
  config: Pick<Config, 'docker' | 'engines'>,
  nodeId: string,
  log: Log,
  gpus = false
): Promise<{ engines: Engines; versions: ReadonlyMap<EngineKind, string>; reports: EngineReport[] }> {
  const wants = (kind: EngineKind) => config.engines.includes(kind)
  const { socket, runtime, networks, imageQuotaBytes: quotaBytes } = config.docker
  const given = { nodeId, socketPath: socket, networks, gpus, images: { quotaBytes } }
  const docker = { ...given, ...(runtime === undefined ? {} : { runtime }) }
  const made = await engines({
    docker: wants('docker') ? docker : false,
    js: wants('js'),
    wasm: wants('wasm'),
    noop: wants('noop')
  })
  const reports: EngineReport[] = []
  const versions = new Map<EngineKind, string>()
  for (const kind of config.engines) {
    const found = made.capabilities.get(kind)
    if (found === undefined) continue
    if (found.available) {
      versions.set(kind, found.version)
      const { warning } = found.features
      if (warning !== undefined) log.warn({ engine: kind, warning }, 'an engine works, but')
      reports.push({ kind, available: true, version: found.version, ...(warning === undefined ? {} : { warning }) })
      continue
    }
    const { reason, remedy } = found
    log.info({ engine: kind, reason, remedy }, 'engine not available')
    reports.push({ kind, available: false, reason, remedy })
  }
  return { engines: made, versions, reports }
}
