import { encode } from '../../../protocols/common/cbor.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { toWire } from '../../../protocols/common/parse.ts'
import { toHex } from '../../../protocols/common/values.ts'
import { askFor } from '../../../protocols/matching/ask.ts'
import { encodeCertificate, makeCertificate } from '../../../protocols/matching/certificate.ts'
import { feasible } from '../../../protocols/matching/feasible.ts'
import type { JobInput, OfferInput } from '../../../protocols/matching/input.ts'
import { match, units } from '../../../protocols/matching/match.ts'
import { rank } from '../../../protocols/matching/rank.ts'
import { score } from '../../../protocols/matching/score.ts'
import { factBody, type JobOffer, type Price, type ResourceOffer } from '../../../protocols/offers/schema.ts'
import { accountOf, blockCid, digestOf, jobOffer, NETWORK, ROUND, resourceOffer } from '../../support/market/make.ts'

const GIB = 2 ** 30
const at = { round: ROUND }
const free: Price = { perJob: 0n, perCpuHour: 0n, perGiBHour: 0n, perDiskGiBHour: 0n, perGpuHour: 0n }
const MOST = 2n ** 96n - 1n
const one = { cpuMillis: 1000, memoryBytes: GIB, diskBytes: GIB, gpus: { count: 1 } }

export function buildAsk() {
  const cases: [Price, typeof one, number][] = [
    [{ perJob: 1n, perCpuHour: 20n, perGiBHour: 300n, perDiskGiBHour: 4000n, perGpuHour: 50_000n }, one, 3_600_000],
    [{ ...free, perCpuHour: 1n, perGiBHour: 1n, perDiskGiBHour: 1n, perGpuHour: 1n }, one, 900_000],
    [{ ...free, perCpuHour: 1n, perGiBHour: 1n, perDiskGiBHour: 1n, perGpuHour: 1n }, one, 900_001],
    [{ ...free, perCpuHour: 3_600_000n }, one, 1],
    [{ ...free, perJob: 5n, perCpuHour: 1n }, one, 0],
    [resourceOffer().price, { ...one, cpuMillis: 1, memoryBytes: 1, diskBytes: 1 }, 1],
    [
      { perJob: MOST, perCpuHour: MOST, perGiBHour: MOST, perDiskGiBHour: MOST, perGpuHour: MOST },
      { ...one, gpus: { count: 64 } },
      86_400_000
    ]
  ]
  return cases.map(([price, resources, timeoutMs]) => ({
    price,
    resources,
    timeoutMs,
    ask: askFor(price, resources, timeoutMs)
  }))
}

export function buildScores() {
  const zero = { job: new Uint8Array(32), account: `0x${'00'.repeat(20)}` as const, tickets: 1 }
  const others = [1, 2, 5].flatMap(tickets =>
    [1, 2].map(n => ({ job: digestOf('job'), account: accountOf(n), tickets }))
  )
  return [zero, ...others].map(of => ({ ...of, score: score(of.job, of.account, of.tickets) }))
}

/** An offer as any language can read it: the id is the digest of the body's bytes. */
function input<B extends JobOffer | ResourceOffer>(offer: B): { id: Uint8Array; offer: B } {
  return { id: sha256(encode(toWire(factBody, offer, offer.type))), offer }
}

const gpu = (model: string, memoryBytes: number) => ({ vendor: 'nvidia', model, memoryBytes })
const room = (cpuMillis: number, gpus: ReturnType<typeof gpu>[] = []) => ({
  cpuMillis,
  memoryBytes: 8 * GIB,
  diskBytes: 50 * GIB,
  gpus
})
const flat = (perJob: bigint): Price => ({ ...free, perJob })

const OFFERS: OfferInput[] = [
  resourceOffer({ account: accountOf(0), price: flat(1000n), capacity: room(4000), free: room(4000) }),
  resourceOffer({ account: accountOf(1), price: flat(1009n), capacity: room(4000), free: room(1000) }),
  resourceOffer({ account: accountOf(2), price: flat(1010n), capacity: room(2000), free: room(2000), tickets: 5 }),
  resourceOffer({ account: accountOf(3), price: flat(1000n), capacity: room(4000), free: room(500), tickets: 3 }),
  resourceOffer({
    account: accountOf(4),
    price: { ...flat(900n), perCpuHour: 6_000n },
    capacity: room(4000),
    free: room(4000)
  }),
  resourceOffer({
    account: accountOf(5),
    price: { ...flat(2000n), perGpuHour: 60_000n },
    capacity: room(8000, [gpu('NVIDIA H200', 141 * GIB), gpu('NVIDIA L4', 24 * GIB)]),
    free: room(8000, [gpu('NVIDIA H200', 141 * GIB), gpu('NVIDIA L4', 24 * GIB)])
  }),
  resourceOffer({ account: accountOf(6), price: flat(1n), fromRound: ROUND + 1 }),
  resourceOffer({
    account: accountOf(7),
    price: flat(1001n),
    arch: 'arm64',
    networks: ['none', 'full'],
    labels: { zone: 'a' }
  }),
  resourceOffer({ account: accountOf(8), price: flat(0n), engines: [{ kind: 'docker', version: '20.10' }] })
].map(input)

const need = (changes: object = {}) => ({ cpuMillis: 1000, memoryBytes: GIB, diskBytes: 0, ...changes })
const wants = (changes: object = {}) => ({ engine: 'js' as const, network: 'none' as const, resources: need(changes) })
const JOBS: JobInput[] = [
  jobOffer({ account: accountOf(100), needs: wants() }),
  jobOffer({ account: accountOf(101), needs: wants({ cpuMillis: 4000 }), tip: 3n }),
  jobOffer({ account: accountOf(102), needs: wants(), tip: 1n }),
  jobOffer({ account: accountOf(103), needs: wants({ gpus: { count: 1 } }) }),
  jobOffer({ account: accountOf(104), needs: wants({ gpus: { count: 1, model: 'h200' } }), fromRound: ROUND - 1 }),
  jobOffer({
    account: accountOf(105),
    needs: { ...wants(), network: 'full' },
    constraints: { labels: { zone: 'a' }, allow: [], deny: [] }
  }),
  jobOffer({ account: accountOf(106), needs: wants(), policy: 'replicas', replicas: 2 }),
  jobOffer({ account: accountOf(107), needs: wants(), bid: 1000n, tip: 1n }),
  jobOffer({ account: accountOf(0), needs: wants(), constraints: { labels: {}, allow: [], deny: [accountOf(3)] } }),
  jobOffer({ account: accountOf(108), needs: { ...wants(), engine: 'wasm' } })
].map(input)

export function buildBook() {
  return { round: ROUND, offers: OFFERS.map(encoded), jobs: JOBS.map(encoded) }
}

function encoded({ id, offer }: JobInput | OfferInput) {
  return { id, body: encode(toWire(factBody, offer, offer.type)), offer }
}

export function buildRanks() {
  return JOBS.map(job => ({
    job: job.id,
    ranking: rank(job, OFFERS, at).map(({ id, ask: price, priceClass }) => ({ offer: id, ask: price, priceClass })),
    infeasible: OFFERS.flatMap(({ id, offer }) => {
      const answer = feasible(job.offer, offer, at)
      return answer.ok ? [] : [{ offer: id, reasons: answer.misses.map(m => m.code) }]
    })
  }))
}

export function buildMatch() {
  const { matches, unmatched } = match(JOBS, OFFERS, at)
  return {
    units: JOBS.map(job => ({ job: job.id, units: units(job.offer) })),
    matches: matches.map(({ job, providers }) => ({ job: job.id, offers: providers.map(p => p.id) })),
    unmatched: unmatched.map(({ job, reason }) => ({ job: job.id, reason }))
  }
}

export function buildCertificate() {
  const [job] = JOBS
  if (job === undefined) throw new Error('no jobs')
  const root = toHex(digestOf('root'))
  const head = {
    type: 'head',
    version: 1,
    network: NETWORK,
    peerKey: toHex(digestOf('key')),
    round: ROUND,
    root,
    count: OFFERS.length
  } as const
  const value = makeCertificate({
    head: { head, signature: new Uint8Array(64).fill(7) },
    job: { id: job.id, fact: blockCid('job fact') },
    ranked: rank(job, OFFERS, at).map(r => ({ ...r, fact: blockCid(`fact of ${r.offer.account}`) })),
    refusals: [{ body: new Uint8Array([1, 2, 3]), signature: new Uint8Array(64).fill(8) }],
    leftOut: [accountOf(9)]
  })
  return { value, ...encodeCertificate(value) }
}
