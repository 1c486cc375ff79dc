import { UserError } from '../../protocols/common/errors.ts'
import type { EngineKind } from '../../protocols/job/schema.ts'
import type { Engine } from './engine.ts'
import type { Engines } from './index.ts'

/** Engines that are made when somebody first needs one, for a node that runs no jobs of others. */
export interface EnginesOnDemand {
  /** @throws EngineMissingError: the host has no such engine, or the operator does not want it */
  get(kind: EngineKind): Promise<Engine>
  stop(): Promise<void>
}

/**
 * @param running those of the node, which are used where they are
 * @param make probes and makes engines of one kind
 */
export function enginesOnDemand(
  running: Pick<Engines, 'available'>,
  make: (kind: EngineKind) => Promise<Engines>
): EnginesOnDemand {
  const made = new Map<EngineKind, Promise<Engines>>()
  return {
    async get(kind) {
      const there = running.available.get(kind)
      if (there !== undefined) return there
      const making = made.get(kind) ?? make(kind)
      made.set(kind, making)
      const engine = (await making).available.get(kind)
      if (engine !== undefined) return engine
      made.delete(kind)
      throw new UserError('EngineMissingError', `this node has no ${kind} engine`, {
        field: 'engine',
        value: kind,
        remedy: `add ${kind} to --engines; "dcn doctor" says what it lacks`
      })
    },
    async stop() {
      const all = [...made.values()]
      made.clear()
      for (const making of all) await making.then(engines => engines.stop()).catch(() => undefined)
    }
  }
}
