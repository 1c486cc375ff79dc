import type { JobOffer, ResourceOffer } from '../offers/schema.ts'
import { ask } from './ask.ts'
import { gpuFits, modelFits } from './gpus.ts'
import type { RankContext } from './input.ts'
import type { Miss, ReasonCode } from './reasons.ts'

interface Pair {
  job: JobOffer
  offer: ResourceOffer
  round: number
}

/** What is wrong, or undefined; the code and the field come from the table. */
type Found = Pick<Miss, 'wanted' | 'has'> & { gap?: number }
interface Check {
  code: ReasonCode
  field: string
  find(pair: Pair): Found | undefined
}

/**
 * Every condition, in the order in which reasons are reported. Capacity is what the provider has in all: what is free is a
 * hint that only `match` looks at, since the provider's own reservation decides.
 */
const CHECKS: readonly Check[] = [
  {
    code: 'network',
    field: 'network',
    find: ({ job, offer }) => unless(job.network === offer.network, job.network, offer.network)
  },
  {
    code: 'not-current',
    field: 'untilRound',
    find: ({ offer: { fromRound, untilRound }, round }) =>
      unless(fromRound <= round && round <= untilRound, round, `${fromRound} to ${untilRound}`)
  },
  {
    code: 'same-account',
    field: 'account',
    find: ({ job, offer }) => unless(job.account !== offer.account, 'another account', offer.account)
  },
  {
    code: 'not-target',
    field: 'constraints.target',
    find: ({ job: { constraints }, offer }) =>
      unless(
        constraints.target === undefined || constraints.target === offer.account,
        constraints.target,
        offer.account
      )
  },
  {
    code: 'not-allowed',
    field: 'constraints.allow',
    find: ({ job: { constraints }, offer }) =>
      unless(
        constraints.allow.length === 0 || constraints.allow.includes(offer.account),
        'a listed account',
        offer.account
      )
  },
  {
    code: 'denied',
    field: 'constraints.deny',
    find: ({ job: { constraints }, offer }) =>
      unless(!constraints.deny.includes(offer.account), 'an account that is not listed', offer.account)
  },
  { code: 'label', field: 'constraints.labels', find: findLabel },
  {
    code: 'engine',
    field: 'needs.engine',
    find: ({ job, offer }) =>
      unless(
        offer.engines.some(e => e.kind === job.needs.engine),
        job.needs.engine,
        offer.engines.map(e => e.kind).join(', ')
      )
  },
  {
    code: 'arch',
    field: 'needs.arch',
    find: ({ job: { needs }, offer }) =>
      unless(needs.arch === undefined || needs.arch === offer.arch, needs.arch, offer.arch)
  },
  {
    code: 'network-mode',
    field: 'needs.network',
    find: ({ job: { needs }, offer }) =>
      unless(
        needs.network === 'none' || offer.networks.includes(needs.network),
        needs.network,
        offer.networks.join(', ')
      )
  },
  amountCheck('cpu', 'cpuMillis'),
  amountCheck('memory', 'memoryBytes'),
  amountCheck('disk', 'diskBytes'),
  { code: 'gpu-count', field: 'needs.resources.gpus.count', find: findGpu(() => true, 'gpu-count') },
  {
    code: 'gpu-model',
    field: 'needs.resources.gpus.model',
    find: findGpu((n, g) => n.model === undefined || modelFits(n.model, g.model), 'gpu-model')
  },
  { code: 'gpu-memory', field: 'needs.resources.gpus.memoryBytes', find: findGpu(gpuFits, 'gpu-memory') },
  {
    code: 'committee',
    field: 'policy',
    find: ({ job, offer: { terms } }) => {
      const willing = terms.committee && (job.needs.engine !== 'docker' || terms.dockerCommittee)
      return unless(job.policy !== 'committee' || willing, 'committee', 'not taken')
    }
  },
  {
    code: 'price',
    field: 'bid',
    find: ({ job, offer }) => {
      const total = ask(job, offer) + job.tip
      return total <= job.bid ? undefined : { wanted: `${total}`, has: `${job.bid}`, gap: gapOf(total, job.bid) }
    }
  }
]

export type Feasibility = { ok: true } | { ok: false; misses: Miss[] }

/** Whether an offer can take a job at a round, and if not, every reason with what is wanted and what there is. */
export function feasible(job: JobOffer, offer: ResourceOffer, { round }: RankContext): Feasibility {
  const pair = { job, offer, round }
  const misses: Miss[] = []
  for (const { code, field, find } of CHECKS) {
    const found = find(pair)
    if (found !== undefined) misses.push({ code, field, gap: 1000, ...found })
  }
  return misses.length === 0 ? { ok: true } : { ok: false, misses }
}

/** The same answer without the reasons: stops at the first. */
export function isFeasible(job: JobOffer, offer: ResourceOffer, { round }: RankContext): boolean {
  const pair = { job, offer, round }
  return CHECKS.every(check => check.find(pair) === undefined)
}

function unless(holds: boolean, wanted: unknown, has: unknown): Found | undefined {
  return holds ? undefined : { wanted: String(wanted), has: String(has) }
}

function findLabel({ job, offer }: Pair): Found | undefined {
  for (const [key, value] of Object.entries(job.constraints.labels).sort(byKey)) {
    const has = Object.hasOwn(offer.labels, key) ? offer.labels[key] : undefined
    if (has !== value) return { wanted: `${key}=${value}`, has: has === undefined ? 'none' : `${key}=${has}` }
  }
  return undefined
}

const byKey = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : a > b ? 1 : 0)

function amountCheck(code: ReasonCode, kind: 'cpuMillis' | 'memoryBytes' | 'diskBytes'): Check {
  return {
    code,
    field: `needs.resources.${kind}`,
    find: ({ job, offer }) => short(job.needs.resources[kind], offer.capacity[kind])
  }
}

type GpuTest = (
  need: NonNullable<JobOffer['needs']['resources']['gpus']>,
  gpu: ResourceOffer['capacity']['gpus'][number]
) => boolean

/** Each GPU reason is reported only when the weaker ones hold: no devices at all is one reason, not three. */
const WEAKER: Partial<Record<ReasonCode, GpuTest>> = {
  'gpu-model': () => true,
  'gpu-memory': (need, gpu) => need.model === undefined || modelFits(need.model, gpu.model)
}

function findGpu(test: GpuTest, code: ReasonCode): Check['find'] {
  return ({ job, offer }) => {
    const need = job.needs.resources.gpus
    if (need === undefined) return undefined
    const weaker = WEAKER[code]
    const { gpus } = offer.capacity
    if (weaker !== undefined && gpus.filter(g => weaker(need, g)).length < need.count) return undefined
    const missing = short(need.count, gpus.filter(g => test(need, g)).length)
    if (missing === undefined || code === 'gpu-count') return missing
    const wanted = code === 'gpu-model' ? need.model : `${need.memoryBytes}`
    const has = gpus.map(g => (code === 'gpu-model' ? g.model : g.memoryBytes)).join(', ')
    return { wanted: `${need.count} × ${wanted}`, has, gap: missing.gap ?? 1000 }
  }
}

function short(wanted: number, has: number): Found | undefined {
  return has >= wanted ? undefined : { wanted: `${wanted}`, has: `${has}`, gap: gapOf(BigInt(wanted), BigInt(has)) }
}

function gapOf(wanted: bigint, has: bigint): number {
  return Number(((wanted - has) * 1000n + wanted - 1n) / wanted)
}
