import type { EngineKind } from '../../protocols/job/schema.ts'
import { type DockerEngine, type DockerEngineInit, dockerEngine } from './docker/index.ts'
import type { AbortOptions, Capabilities, Engine } from './engine.ts'
import { jsEngine } from './js/index.ts'
import { noopEngine } from './noop.ts'
import { SandboxHost, type SandboxInit } from './sandbox/host.ts'
import { wasmEngine } from './wasm/index.ts'

export type { DockerEngine, DockerEngineInit } from './docker/index.ts'
export type * from './engine.ts'
export { EngineStoppedError, ImageUnavailableError, UnsupportedJobError } from './errors.ts'
export type { SandboxInit } from './sandbox/host.ts'

export interface EnginesInit {
  /** @default true */
  js?: boolean
  /** @default true */
  wasm?: boolean
  /** the processes that js and wasm jobs run in */
  sandbox?: SandboxInit
  /** false leaves the engine out */
  docker: DockerEngineInit | false
  /** for tests and benchmarks @default false */
  noop?: boolean
}

export interface Engines {
  /** engines that can run jobs on this host */
  available: Map<EngineKind, Engine>
  /** what every configured engine said of itself, those that cannot run included */
  capabilities: Map<EngineKind, Capabilities>
  /** the docker engine's own helpers, when it is available */
  docker: DockerEngine | undefined
  start(): Promise<void>
  stop(): Promise<void>
}

/** Makes the configured engines and keeps those that work here. Never rejects because of an engine. */
export async function engines(init: EnginesInit, options: AbortOptions = {}): Promise<Engines> {
  const docker = init.docker === false ? undefined : dockerEngine(init.docker)
  const sandboxes = new SandboxHost(init.sandbox)
  const made: (Engine | undefined)[] = [
    docker,
    init.js === false ? undefined : jsEngine(sandboxes),
    init.wasm === false ? undefined : wasmEngine(sandboxes),
    init.noop === true ? noopEngine() : undefined
  ]
  const probed = await Promise.all(
    made.filter(e => e !== undefined).map(async engine => ({ engine, found: await engine.probe(options) }))
  )
  const available = new Map(probed.filter(p => p.found.available).map(p => [p.engine.kind, p.engine]))
  const inOrder = async (step: (engine: Engine) => Promise<void>) => {
    for (const engine of available.values()) await step(engine)
  }
  return {
    available,
    capabilities: new Map(probed.map(p => [p.engine.kind, p.found])),
    docker: available.has('docker') ? docker : undefined,
    start: () => inOrder(e => e.start()),
    stop: () => inOrder(e => e.stop())
  }
}
