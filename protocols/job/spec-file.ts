import { CID } from 'multiformats/cid'
import { formatCpu, formatDuration, formatPercent, formatSize } from '../common/units.ts'
import type { JobSpec } from './schema.ts'

/**
 * The form a person reads in `spec.yaml`: quantities with units, CIDs as text, everything spelled out. `parseSpec` turns it
 * back into the same specification.
 */
export function specToFile(spec: JobSpec): Record<string, unknown> {
  const { cpuMillis, memoryBytes, diskBytes, gpus } = spec.resources
  return {
    version: spec.version,
    engine: cidsToText(spec.engine),
    env: { ...spec.env },
    inputs: spec.inputs.map(i => ({ cid: i.cid.toString(), path: i.path })),
    outputs: spec.outputs.map(o => ({ ...o })),
    resources: {
      cpu: formatCpu(cpuMillis),
      memory: formatSize(memoryBytes),
      disk: formatSize(diskBytes),
      ...(gpus === undefined ? {} : { gpus: gpuToFile(gpus) })
    },
    network: typeof spec.network === 'string' ? spec.network : { allow: [...spec.network.allow] },
    timeout: formatDuration(spec.timeoutMs),
    verify: { policy: policyToFile(spec.verify.policy), include: [...spec.verify.include] },
    retry: spec.retry,
    private: spec.private,
    ...(spec.module === undefined ? {} : { module: spec.module.toString() })
  }
}

function gpuToFile(gpus: NonNullable<JobSpec['resources']['gpus']>): Record<string, unknown> {
  const { count, model, memoryBytes } = gpus
  return {
    count,
    ...(model === undefined ? {} : { model }),
    ...(memoryBytes === undefined ? {} : { memory: formatSize(memoryBytes) })
  }
}

function policyToFile(policy: JobSpec['verify']['policy']): unknown {
  if (typeof policy === 'string' || !('spotPerMille' in policy)) return structuredClone(policy)
  return { spot: formatPercent(policy.spotPerMille) }
}

function cidsToText(value: unknown): unknown {
  const cid = CID.asCID(value)
  if (cid !== null) return cid.toString()
  if (Array.isArray(value)) return value.map(cidsToText)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cidsToText(inner)]))
}
