import type { Needs } from '../job/schema.ts'
import type { ResourceOffer } from '../offers/schema.ts'

export type Gpu = ResourceOffer['capacity']['gpus'][number]
export type GpuNeed = NonNullable<Needs['resources']['gpus']>

/**
 * Whether a wanted model names an offered one: every word of the wanted name is a word of the offered one, so that `H200`
 * fits `NVIDIA H200` and `L4` does not fit `L40`. ASCII case does not count; other letters are compared as they are.
 */
export function modelFits(wanted: string, offered: string): boolean {
  const has = words(offered)
  return words(wanted).every(word => has.includes(word))
}

/** Whether one device meets the model and memory of a need. */
export function gpuFits(need: GpuNeed, gpu: Gpu): boolean {
  return (need.model === undefined || modelFits(need.model, gpu.model)) && gpu.memoryBytes >= (need.memoryBytes ?? 0)
}

/** Indexes of the devices that a job takes: the smallest that fit, so that large ones stay free; undefined when too few. */
export function chooseGpus(need: GpuNeed | undefined, gpus: readonly Gpu[]): number[] | undefined {
  if (need === undefined) return []
  const fitting = [...gpus.keys()].filter(i => {
    const gpu = gpus[i]
    return gpu !== undefined && gpuFits(need, gpu)
  })
  fitting.sort((a, b) => (gpus[a]?.memoryBytes ?? 0) - (gpus[b]?.memoryBytes ?? 0) || a - b)
  return fitting.length < need.count ? undefined : fitting.slice(0, need.count)
}

function words(name: string): string[] {
  const lower = name.replace(/[A-Z]/g, letter => letter.toLowerCase())
  return lower.split(/[ \t\-_/]+/).filter(word => word !== '')
}
