import type { EngineKind } from '../../protocols/job/schema.ts'
import type { Log } from '../components.ts'

/** Engines whose jobs can be run again exactly, and so be judged. */
const REPEATABLE: readonly EngineKind[] = ['wasm', 'js']

/**
 * A node that will judge disputes. It takes part in gossip, sync and ranking like every node and keeps the engines that
 * a judge needs; seats, the draw and votes belong to the court contract.
 */
export function mediatorRole(
  engines: ReadonlyMap<EngineKind, unknown>,
  log: Log
): { canJudge: EngineKind[]; start(): void; stop(): void } {
  const canJudge = REPEATABLE.filter(kind => engines.has(kind))
  return {
    canJudge,
    start() {
      if (canJudge.length === 0)
        log.warn({ engines: [...engines.keys()] }, 'this mediator has no engine it could judge with')
      else log.info({ canJudge }, 'mediator ready')
    },
    stop() {}
  }
}
