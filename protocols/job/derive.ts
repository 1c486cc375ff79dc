import { compact } from '../common/compact.ts'
import { ENGINE_KINDS, type EngineKind, type JobSpec, type Needs } from './schema.ts'

/** Which engine a specification names. */
export function engineOf(spec: JobSpec): EngineKind {
  return ENGINE_KINDS.find(kind => kind in spec.engine) ?? 'noop'
}

/** What the job asks of a provider: the part of the specification that matching looks at. */
export function derive(spec: JobSpec): Needs {
  return compact({
    engine: engineOf(spec),
    resources: spec.resources,
    network: typeof spec.network === 'string' ? spec.network : 'allow'
  })
}

/**
 * Engines whose runs come to the same bytes wherever they run, so that judges can run a job again. That a container does is its
 * owner's word: replicas of one can be compared, and nobody can be proven wrong by it.
 */
export const isRepeatable = (engine: string): engine is 'js' | 'wasm' => engine === 'js' || engine === 'wasm'

export type Policy = 'none' | 'spot' | 'replicas' | 'committee'

/** Whether a deal under this policy may have a committee: creator, provider and judges must see it alike, or an honest side loses. */
export const mayBeJudged = (policy: Policy): boolean => policy !== 'none'

/** The verification policy and the number of providers as a job offer states them. */
export function policyOf(spec: JobSpec): { policy: Policy; replicas: number } {
  const { policy } = spec.verify
  if (typeof policy === 'string') return { policy, replicas: 1 }
  if ('spotPerMille' in policy) return { policy: 'spot', replicas: 1 }
  if ('committee' in policy) return { policy: 'committee', replicas: 1 }
  return { policy: 'replicas', replicas: policy.replicas.n }
}
