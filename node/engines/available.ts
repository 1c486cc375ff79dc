import type { EngineKind } from '../../protocols/job/schema.ts'
import type { Config } from '../config/schema.ts'
import type { Log } from '../roles/components.ts'
import type { Engine } from './engine.ts'
import { jsEngine } from './js/index.ts'
import { noopEngine } from './noop.ts'

/** What this host has of an engine, as `dcn node` shows it. */
export interface EngineReport {
  kind: EngineKind
  available: boolean
  version?: string
  reason?: string
  remedy?: string
}

export interface AvailableEngine {
  engine: Engine
  version: string
}

type Make = (config: Pick<Config, 'docker'>, node: string) => Engine

/** The engines there are; wasm joins them with its own engine. */
const MAKERS: Partial<Record<EngineKind, Make>> = {
  js: () => jsEngine(),
  noop: () => noopEngine()
}

/**
 * The configured engines that this host can run.
 *
 * @param node names what belongs to this node among the containers of a shared engine
 */
export async function availableEngines(
  config: Pick<Config, 'docker' | 'engines'>,
  node: string,
  log: Log
): Promise<{ engines: ReadonlyMap<EngineKind, AvailableEngine>; reports: EngineReport[] }> {
  const engines = new Map<EngineKind, AvailableEngine>()
  const reports: EngineReport[] = []
  for (const kind of config.engines) {
    const make = MAKERS[kind]
    if (make === undefined) {
      const remedy = 'use the js or docker engine'
      reports.push({ kind, available: false, reason: 'this version has no such engine yet', remedy })
      continue
    }
    const engine = make(config, node)
    const found = await engine.probe()
    if (found.available) {
      engines.set(kind, { engine, version: found.version })
      reports.push({ kind, available: true, version: found.version })
    } else {
      log.info({ engine: kind, reason: found.reason, remedy: found.remedy }, 'engine not available')
      reports.push({ kind, available: false, reason: found.reason, remedy: found.remedy })
    }
  }
  return { engines, reports }
}
