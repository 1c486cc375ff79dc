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

/** What is wrong; the code and the field come from the table. */
type Found = Pick<Miss, 'wanted' | 'has'> & { gap?: number }
interface Check {
  code: ReasonCode
  field: string
  /** whether the job asks for it at all; left out: every job does */
  asked?(job: JobOffer): boolean
  /** depends on who asks and what they pay: two jobs with the same needs can get different answers */
  personal?: true
  holds(pair: Pair): boolean
  /** called when it does not hold: words cost more than the answer */
  tell(pair: Pair): Found
}

/**
 * Every condition, in the order in which reasons are reported. Capacity is what the provider has in all: what is free is a
 * hint that only `match` looks at, since the provider's own reservation decides.
 */
const CHECKS: readonly Check[] = [
  {
    code: 'network',
    field: 'network',
    holds: ({ job, offer }) => job.network === offer.network,
    tell: ({ job, offer }) => found(job.network, offer.network)
  },
  {
    code: 'not-current',
    field: 'untilRound',
    holds: ({ offer, round }) => offer.fromRound <= round && round <= offer.untilRound,
    tell: ({ offer, round }) => found(round, `${offer.fromRound} to ${offer.untilRound}`)
  },
  {
    code: 'same-account',
    field: 'account',
    personal: true,
    holds: ({ job, offer }) => job.account !== offer.account,
    tell: ({ offer }) => found('another account', offer.account)
  },
  {
    code: 'not-target',
    field: 'constraints.target',
    asked: ({ constraints }) => constraints.target !== undefined,
    holds: ({ job, offer }) => job.constraints.target === offer.account,
    tell: ({ job, offer }) => found(job.constraints.target, offer.account)
  },
  {
    code: 'not-allowed',
    field: 'constraints.allow',
    asked: ({ constraints }) => constraints.allow.length > 0,
    holds: ({ job, offer }) => job.constraints.allow.includes(offer.account),
    tell: ({ offer }) => found('a listed account', offer.account)
  },
  {
    code: 'denied',
    field: 'constraints.deny',
    asked: ({ constraints }) => constraints.deny.length > 0,
    holds: ({ job, offer }) => !job.constraints.deny.includes(offer.account),
    tell: ({ offer }) => found('an account that is not listed', offer.account)
  },
  {
    code: 'label',
    field: 'constraints.labels',
    asked: ({ constraints }) => Object.keys(constraints.labels).length > 0,
    holds: pair => missingLabel(pair) === undefined,
    tell: pair => missingLabel(pair) ?? found('none', 'none')
  },
  {
    code: 'engine',
    field: 'needs.engine',
    holds: ({ job, offer }) => offer.engines.some(e => e.kind === job.needs.engine),
    tell: ({ job, offer }) => found(job.needs.engine, offer.engines.map(e => e.kind).join(', '))
  },
  {
    code: 'arch',
    field: 'needs.arch',
    asked: ({ needs }) => needs.arch !== undefined,
    holds: ({ job, offer }) => job.needs.arch === offer.arch,
    tell: ({ job, offer }) => found(job.needs.arch, offer.arch)
  },
  {
    code: 'network-mode',
    field: 'needs.network',
    asked: ({ needs }) => needs.network !== 'none',
    holds: ({ job, offer }) => offer.networks.includes(job.needs.network),
    tell: ({ job, offer }) => found(job.needs.network, offer.networks.join(', '))
  },
  amountCheck('cpu', 'cpuMillis'),
  amountCheck('memory', 'memoryBytes'),
  amountCheck('disk', 'diskBytes'),
  gpuCheck('gpu-count', 'count'),
  gpuCheck('gpu-model', 'model'),
  gpuCheck('gpu-memory', 'memoryBytes'),
  {
    code: 'committee',
    field: 'policy',
    asked: ({ policy }) => policy === 'committee',
    holds: ({ job, offer: { terms } }) => terms.committee && (job.needs.engine !== 'docker' || terms.dockerCommittee),
    tell: () => found('committee', 'not taken')
  },
  {
    code: 'price',
    field: 'bid',
    personal: true,
    holds: ({ job, offer }) => ask(job, offer) + job.tip <= job.bid,
    tell: ({ job, offer }) => {
      const total = ask(job, offer) + job.tip
      return { ...found(total, job.bid), gap: gapOf(total, job.bid) }
    }
  }
]

export type Feasibility = { ok: true } | { ok: false; misses: Miss[] }

/** Whether an offer can take a job at a round, and if not, every reason with what is wanted and what there is. */
export function feasible(job: JobOffer, offer: ResourceOffer, { round }: RankContext): Feasibility {
  const pair = { job, offer, round }
  const misses: Miss[] = []
  for (const { code, field, asked, holds, tell } of CHECKS) {
    if (asked?.(job) === false || holds(pair)) continue
    misses.push({ code, field, gap: 1000, ...tell(pair) })
  }
  return misses.length === 0 ? { ok: true } : { ok: false, misses }
}

/**
 * Which offers can take a job as far as its shape goes (`shapeOf`): `feasible` without its creator's account and its bid.
 * What the job does not ask for is left out once, not offer by offer.
 */
export function fitsShape(job: JobOffer, { round }: RankContext): (offer: ResourceOffer) => boolean {
  const checks = CHECKS.filter(c => c.personal !== true && c.asked?.(job) !== false)
  return offer => {
    const pair = { job, offer, round }
    for (const check of checks) if (!check.holds(pair)) return false
    return true
  }
}

/** The same text for two jobs exactly when the same offers fit both and ask the same of both, creator and bid aside. */
export function shapeOf({ network, needs, timeoutMs, policy, constraints }: JobOffer): string {
  return JSON.stringify([network, needs, timeoutMs, policy === 'committee', constraints])
}

function found(wanted: unknown, has: unknown): Found {
  return { wanted: String(wanted), has: String(has) }
}

function missingLabel({ job, offer }: Pair): Found | undefined {
  for (const [key, value] of Object.entries(job.constraints.labels).sort(byKey)) {
    const has = Object.hasOwn(offer.labels, key) ? offer.labels[key] : undefined
    if (has !== value) return found(`${key}=${value}`, has === undefined ? 'none' : `${key}=${has}`)
  }
  return undefined
}

const byKey = ([a]: [string, string], [b]: [string, string]): number => (a < b ? -1 : a > b ? 1 : 0)

function amountCheck(code: ReasonCode, kind: 'cpuMillis' | 'memoryBytes' | 'diskBytes'): Check {
  return {
    code,
    field: `needs.resources.${kind}`,
    holds: ({ job, offer }) => job.needs.resources[kind] <= offer.capacity[kind],
    tell: ({ job, offer }) => short(job.needs.resources[kind], offer.capacity[kind])
  }
}

type Gpus = ResourceOffer['capacity']['gpus']
type GpuNeed = NonNullable<JobOffer['needs']['resources']['gpus']>

/** How many devices meet a need up to a field: each field's test is the one before it and more. */
const FITTING: Record<'count' | 'model' | 'memoryBytes', (need: GpuNeed, gpus: Gpus) => number> = {
  count: (_need, gpus) => gpus.length,
  model: ({ model }, gpus) => gpus.filter(g => model === undefined || modelFits(model, g.model)).length,
  memoryBytes: (need, gpus) => gpus.filter(g => gpuFits(need, g)).length
}
const WEAKER = { count: undefined, model: 'count', memoryBytes: 'model' } as const

/** Each GPU reason is reported only when the weaker one holds: no devices at all is one reason, not three. */
function gpuCheck(code: ReasonCode, field: keyof typeof FITTING): Check {
  return {
    code,
    field: `needs.resources.gpus.${field}`,
    asked: ({ needs }) => needs.resources.gpus !== undefined,
    holds: ({ job, offer: { capacity } }) => {
      const need = job.needs.resources.gpus
      if (need === undefined || FITTING[field](need, capacity.gpus) >= need.count) return true
      const weaker = WEAKER[field]
      return weaker !== undefined && FITTING[weaker](need, capacity.gpus) < need.count
    },
    tell: ({ job, offer: { capacity } }) => {
      const need = job.needs.resources.gpus ?? { count: 0 }
      const missing = short(need.count, FITTING[field](need, capacity.gpus))
      if (field === 'count') return missing
      return { ...missing, wanted: `${need.count} × ${need[field]}`, has: capacity.gpus.map(g => g[field]).join(', ') }
    }
  }
}

function short(wanted: number, has: number): Found {
  return { ...found(wanted, has), gap: gapOf(BigInt(wanted), BigInt(has)) }
}

function gapOf(wanted: bigint, has: bigint): number {
  return Number(((wanted - has) * 1000n + wanted - 1n) / wanted)
}
