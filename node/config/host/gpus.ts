import type { Gpu } from '../../../protocols/matching/gpus.ts'

/** One GPU, or one slice of a GPU that is cut up, as containers are given it. */
export interface GpuDevice extends Gpu {
  /** what the driver calls it: `GPU-…`, `MIG-…` */
  id: string
}

/** What a host has of GPUs, and why it has less than one would think. */
export interface GpuFindings {
  devices: GpuDevice[]
  /** the driver's version */
  driver?: string
  problems: { what: string; remedy: string }[]
}

/** The wire has room for so many of one provider. */
export const MAX_GPUS = 16

/**
 * Those that the operator wants to offer.
 *
 * @param wanted ids, beginnings of ids, or numbers in the driver's order; `none`: none; undefined: all of them
 */
export function offeredGpus(found: GpuFindings, wanted: readonly string[] | undefined): GpuFindings {
  if (wanted?.includes('none') === true) return { ...found, devices: [], problems: [] }
  const problems = [...found.problems]
  const named = wanted?.flatMap(name => {
    const device =
      found.devices[/^\d+$/.test(name) ? Number(name) : -1] ?? found.devices.find(d => d.id.startsWith(name))
    if (device === undefined)
      problems.push({ what: `there is no GPU ${name}`, remedy: 'see "nvidia-smi -L" for the ids' })
    return device ?? []
  })
  const devices = [...new Set(named ?? found.devices)].slice(0, MAX_GPUS)
  return { ...found, devices, problems }
}

/** The devices that nobody holds, in the host's order. */
export function freeGpus(devices: readonly GpuDevice[], held: readonly { gpuIds?: readonly string[] }[]): GpuDevice[] {
  const taken = new Set(held.flatMap(({ gpuIds = [] }) => gpuIds))
  return devices.filter(({ id }) => !taken.has(id))
}

/** As an offer has it: ids are the host's own business. */
export const asOffered = (devices: readonly GpuDevice[]): Gpu[] =>
  devices.map(({ vendor, model, memoryBytes }) => ({ vendor, model, memoryBytes }))
