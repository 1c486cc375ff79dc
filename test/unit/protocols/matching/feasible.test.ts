import assert from 'node:assert/strict'
import fc from 'fast-check'
import { explain } from '../../../../protocols/matching/explain.ts'
import { feasible, fitsShape } from '../../../../protocols/matching/feasible.ts'
import { modelFits } from '../../../../protocols/matching/gpus.ts'
import { REASONS, type ReasonCode } from '../../../../protocols/matching/reasons.ts'
import type { JobOffer, ResourceOffer } from '../../../../protocols/offers/schema.ts'
import { job as anyJob, offers } from '../../../support/market/arbitrary.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

const AT = { round: ROUND }
const base = jobOffer()
const needing = (changes: Partial<JobOffer['needs']>): Partial<JobOffer> => ({ needs: { ...base.needs, ...changes } })
const resources = (changes: object): Partial<JobOffer> =>
  needing({ resources: { ...base.needs.resources, ...changes } })
const constraints = (changes: object): Partial<JobOffer> => ({ constraints: { ...base.constraints, ...changes } })
const withGpus = (...models: string[]): Partial<ResourceOffer> => {
  const gpus = models.map(model => ({ vendor: 'nvidia', model, memoryBytes: 24 * 2 ** 30 }))
  return { capacity: { ...resourceOffer().capacity, gpus } }
}

interface Case {
  code: ReasonCode
  job?: Partial<JobOffer>
  offer?: Partial<ResourceOffer>
  field?: string
}
const CASES: Case[] = [
  { code: 'network', job: { network: 'other' } },
  { code: 'not-current', offer: { untilRound: ROUND - 1, fromRound: ROUND - 9 } },
  { code: 'not-current', offer: { fromRound: ROUND + 1 } },
  { code: 'same-account', job: { account: accountOf(1) } },
  { code: 'not-target', job: constraints({ target: accountOf(2) }) },
  { code: 'not-allowed', job: constraints({ allow: [accountOf(2)] }) },
  { code: 'denied', job: constraints({ deny: [accountOf(1)] }) },
  { code: 'label', job: constraints({ labels: { zone: 'a' } }) },
  { code: 'label', job: constraints({ labels: { constructor: 'a' } }) },
  { code: 'label', job: constraints({ labels: { zone: 'a' } }), offer: { labels: { zone: 'b' } } },
  { code: 'engine', job: needing({ engine: 'wasm' }) },
  { code: 'arch', job: needing({ arch: 'arm64' }) },
  { code: 'network-mode', job: needing({ network: 'full' }) },
  { code: 'cpu', job: resources({ cpuMillis: 4001 }), field: 'needs.resources.cpuMillis' },
  { code: 'memory', job: resources({ memoryBytes: 2 ** 33 + 1 }) },
  { code: 'disk', job: resources({ diskBytes: 2 ** 40 }) },
  { code: 'gpu-count', job: resources({ gpus: { count: 1 } }) },
  { code: 'gpu-count', job: resources({ gpus: { count: 2, model: 'L4' } }), offer: withGpus('NVIDIA L4') },
  { code: 'gpu-model', job: resources({ gpus: { count: 1, model: 'H200' } }), offer: withGpus('NVIDIA L4') },
  { code: 'gpu-memory', job: resources({ gpus: { count: 1, memoryBytes: 2 ** 40 } }), offer: withGpus('NVIDIA L4') },
  {
    code: 'committee',
    job: { policy: 'committee' },
    offer: { terms: { ...resourceOffer().terms, committee: false } }
  },
  { code: 'committee', job: { policy: 'committee', ...needing({ engine: 'docker' }) } },
  { code: 'price', job: { bid: 1n } },
  { code: 'price', job: { bid: 10_000_000n, tip: 10_000_000n } }
]

describe('feasible', () => {
  it('default: a job that fits', () => assert.deepEqual(feasible(base, resourceOffer(), AT), { ok: true }))

  for (const { code, job = {}, offer = {}, field } of CASES) {
    it(`error: ${code} alone${field === undefined ? '' : ` at ${field}`}`, () => {
      const answer = feasible(jobOffer(job), resourceOffer(offer), AT)
      assert.ok(!answer.ok)
      assert.deepEqual(
        answer.misses.map(m => m.code),
        [code]
      )
      if (field !== undefined) assert.equal(answer.misses[0]?.field, field)
    })
  }

  it('behavior: every code has a case here', () => {
    assert.deepEqual(new Set(CASES.map(c => c.code)), new Set(Object.keys(REASONS)))
  })

  it('behavior: limits are inclusive', () => {
    const exact = jobOffer({
      ...resources({ cpuMillis: 4000, memoryBytes: 2 ** 33, diskBytes: 100 * 2 ** 30 }),
      bid: 2n ** 90n
    })
    assert.ok(feasible(exact, resourceOffer({ fromRound: ROUND, untilRound: ROUND }), AT).ok)
  })

  it('behavior: what is free is a hint that does not count', () => {
    const none = { cpuMillis: 0, memoryBytes: 0, diskBytes: 0, gpus: [] }
    assert.ok(feasible(base, resourceOffer({ free: none }), AT).ok)
  })

  it('behavior: a miss says what is wanted, what there is and how much is missing', () => {
    const answer = feasible(jobOffer(resources({ cpuMillis: 5000 })), resourceOffer(), AT)
    assert.ok(!answer.ok)
    assert.deepEqual(answer.misses[0], {
      code: 'cpu',
      field: 'needs.resources.cpuMillis',
      wanted: '5000',
      has: '4000',
      gap: 200
    })
  })

  it('property: what fits the shape is what fits, whoever asks and whatever is paid', () => {
    const personal: ReasonCode[] = ['same-account', 'price']
    check(
      fc.property(anyJob, offers(10), (j, list) => {
        const fits = fitsShape(j.offer, AT)
        for (const { offer } of list) {
          const answer = feasible(j.offer, offer, AT)
          assert.equal(fits(offer), answer.ok || answer.misses.every(({ code }) => personal.includes(code)))
        }
      })
    )
  })
})

describe('modelFits', () => {
  for (const [wanted, offered, fits] of [
    ['H200', 'NVIDIA H200', true],
    ['a100', 'NVIDIA A100-SXM4-80GB', true],
    ['L4', 'NVIDIA L40', false],
    ['NVIDIA H200', 'H200', false]
  ] as const) {
    it(`args: ${wanted} ${fits ? 'fits' : 'does not fit'} ${offered}`, () =>
      assert.equal(modelFits(wanted, offered), fits))
  }
})

describe('explain', () => {
  const offerOf = (n: number, changes: Partial<ResourceOffer>) => ({
    id: digestOf(`offer ${n}`),
    offer: resourceOffer({ account: accountOf(n), ...changes })
  })
  const cores = (cpuMillis: number) => ({ capacity: { ...resourceOffer().capacity, cpuMillis } })

  it('default: counts by reason and names the nearest misses', () => {
    const job = { id: digestOf('job'), offer: jobOffer(resources({ cpuMillis: 3000 })) }
    const book = [
      offerOf(1, cores(1000)),
      offerOf(2, cores(2900)),
      offerOf(3, { ...cores(2000), arch: 'arm64', networks: ['none'], engines: [{ kind: 'docker', version: '1' }] }),
      offerOf(4, cores(2000)),
      offerOf(5, {})
    ]
    const told = explain(job, book, AT)
    assert.deepEqual([told.total, told.feasible], [5, 1])
    assert.deepEqual(
      told.counts.map(c => [c.code, c.count]),
      [
        ['cpu', 4],
        ['engine', 1]
      ]
    )
    assert.deepEqual(
      told.nearest.map(n => n.account),
      [accountOf(2), accountOf(4), accountOf(1)]
    )
  })

  it('default: an empty book', () => {
    assert.deepEqual(explain({ id: digestOf('job'), offer: base }, [], AT), {
      total: 0,
      feasible: 0,
      counts: [],
      nearest: []
    })
  })
})
