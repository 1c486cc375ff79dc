import type { JobSpec, Resources } from '../../../protocols/job/schema.ts'
import type { Price, ResourceOffer } from '../../../protocols/offers/schema.ts'

const GIB = 2 ** 30
const gpus = (count: number, model: string, memoryBytes: number) =>
  Array.from({ length: count }, () => ({ vendor: 'nvidia', model, memoryBytes }))

export type ClassName = 'small' | 'large' | 'gpu' | 'gpus'

/** Machines, and what jobs made for them need. A dearer machine takes a job for a cheaper one when it must. */
const CLASSES: Record<ClassName, { capacity: ResourceOffer['capacity']; needs: Resources; rate: bigint }> = {
  small: {
    capacity: { cpuMillis: 4_000, memoryBytes: 16 * GIB, diskBytes: 200 * GIB, gpus: [] },
    needs: { cpuMillis: 1_000, memoryBytes: GIB, diskBytes: GIB },
    rate: 1n
  },
  large: {
    capacity: { cpuMillis: 32_000, memoryBytes: 128 * GIB, diskBytes: 2_000 * GIB, gpus: [] },
    needs: { cpuMillis: 16_000, memoryBytes: 64 * GIB, diskBytes: GIB },
    rate: 2n
  },
  gpu: {
    capacity: { cpuMillis: 16_000, memoryBytes: 64 * GIB, diskBytes: 1_000 * GIB, gpus: gpus(1, 'NVIDIA L4', 24e9) },
    needs: { cpuMillis: 4_000, memoryBytes: 8 * GIB, diskBytes: GIB, gpus: { count: 1 } },
    rate: 4n
  },
  gpus: {
    capacity: {
      cpuMillis: 64_000,
      memoryBytes: 512 * GIB,
      diskBytes: 4_000 * GIB,
      gpus: gpus(4, 'NVIDIA H200', 141e9)
    },
    needs: { cpuMillis: 8_000, memoryBytes: 64 * GIB, diskBytes: GIB, gpus: { count: 1, memoryBytes: 80e9 } },
    rate: 8n
  }
}

/** Who comes along, in this order and again: fourteen small machines, three large ones, three with GPUs in twenty. */
const ORDER: readonly ClassName[] = [
  ...(['small', 'small', 'large', 'small', 'small', 'gpu', 'small', 'small', 'large', 'small'] as const),
  ...(['small', 'small', 'gpus', 'small', 'large', 'small', 'gpu', 'small', 'small', 'small'] as const)
]
/** Over the base price, in percent: three of five ask the same. */
const SURCHARGE = [0n, 0n, 0n, 10n, 20n] as const
const PRICE_UNIT = 36_000n
const IMAGE = `sim@sha256:${'5e'.repeat(32)}`
/** says in a job's environment how long it takes */
const WORK = 'WORK_MS'
export const TIMEOUT_MS = 60_000
const TERMS = { collateralPercent: 40, submitBaseSec: 60, reviewSec: 60, committee: false, dockerCommittee: false }

export type Template = Pick<
  ResourceOffer,
  'arch' | 'engines' | 'networks' | 'capacity' | 'price' | 'terms' | 'tickets' | 'labels'
>

/** What the n-th provider offers, dearer or cheaper by so many percent than its number says. */
export function templateOf(n: number, discountPercent = 0n): Template {
  const { capacity, rate } = CLASSES[classOfProvider(n)]
  const surcharge = discountPercent > 0n ? -discountPercent : (SURCHARGE[n % SURCHARGE.length] ?? 0n)
  return {
    arch: 'amd64',
    engines: [{ kind: 'docker', version: '28.5.1' }],
    networks: ['none'],
    capacity,
    price: priceOf(rate * (100n + surcharge)),
    terms: TERMS,
    tickets: 1,
    labels: {}
  }
}

/** Providers that ask the same for the same: what fairness is measured among. */
export const isEqual = (n: number): boolean => classOfProvider(n) === 'small' && SURCHARGE[n % SURCHARGE.length] === 0n

const classOfProvider = (n: number): ClassName => ORDER[n % ORDER.length] ?? 'small'

function priceOf(percent: bigint): Price {
  const rate = PRICE_UNIT * percent
  return {
    perJob: 100n,
    perCpuHour: rate,
    perGiBHour: rate / 10n,
    perDiskGiBHour: rate / 1_000n,
    perGpuHour: 20n * rate
  }
}

/** What the n-th creator's jobs are made for: a class that somebody offers. */
export const classOfCreator = (n: number, providers: number): ClassName =>
  classOfProvider(n % Math.min(providers, ORDER.length))

/** A job for a class of machines, its length in the specification. */
export function specOf(name: ClassName, workMs: number): JobSpec {
  return {
    version: 1,
    engine: { docker: { image: IMAGE } },
    env: { [WORK]: `${workMs}` },
    inputs: [],
    outputs: [],
    resources: CLASSES[name].needs,
    network: 'none',
    timeoutMs: TIMEOUT_MS,
    verify: { policy: 'none', include: ['exitCode'] },
    retry: 'safe',
    private: false
  }
}

/** How long a job works, ms. */
export const workMsOf = ({ env }: JobSpec): number => Number(env[WORK] ?? 0)
