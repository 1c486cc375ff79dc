import assert from 'node:assert/strict'
import { whyView } from '../../../../node/api/rank-view.ts'
import { remedyOf } from '../../../../node/api/remedies.ts'
import type { CreatorPhase, CreatorState } from '../../../../protocols/deal/creator-types.ts'
import { explain } from '../../../../protocols/matching/explain.ts'
import { feasible } from '../../../../protocols/matching/feasible.ts'
import { REASONS, type ReasonCode } from '../../../../protocols/matching/reasons.ts'
import type { JobOffer, ResourceOffer } from '../../../../protocols/offers/schema.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../../../support/market/make.ts'

const GIB = 2 ** 30
const TOKEN = { symbol: 'DCN', decimals: 6 }
const provider = accountOf(1)
const needs = (resources: object, more: object = {}): Partial<JobOffer> => ({
  needs: {
    engine: 'js',
    network: 'none',
    resources: { cpuMillis: 1000, memoryBytes: GIB, diskBytes: 0, ...resources },
    ...more
  }
})
const gpus = [{ vendor: 'nvidia', model: 'NVIDIA L4', memoryBytes: 24 * GIB }]
const withGpu: Partial<ResourceOffer> = { capacity: { ...resourceOffer().capacity, gpus } }
const to = (constraints: Partial<JobOffer['constraints']>): Partial<JobOffer> => ({
  constraints: { labels: {}, allow: [], deny: [], ...constraints }
})

/** For each reason a job and an offer that have it alone, what is said to help, and the job with that done. */
const CASES: Record<
  ReasonCode,
  { job?: Partial<JobOffer>; offer?: Partial<ResourceOffer>; says: RegExp; mended?: Partial<JobOffer> }
> = {
  network: { offer: { network: 'other' }, says: /join the network/ },
  'not-current': { offer: { untilRound: ROUND - 1 }, says: /wait/ },
  'same-account': { job: { account: provider }, says: /another node/ },
  'not-target': { job: to({ target: accountOf(2) }), says: new RegExp(provider), mended: to({ target: provider }) },
  'not-allowed': { job: to({ allow: [accountOf(2)] }), says: new RegExp(provider), mended: to({ allow: [provider] }) },
  denied: { job: to({ deny: [provider] }), says: new RegExp(provider), mended: to({}) },
  label: { job: to({ labels: { zone: 'eu' } }), says: /leave out label zone=eu/, mended: to({}) },
  engine: { job: needs({}, { engine: 'wasm' }), says: /docker, js/, mended: needs({}) },
  arch: { job: needs({}, { arch: 'arm64' }), says: /ask for amd64/, mended: needs({}, { arch: 'amd64' }) },
  'network-mode': { job: needs({}, { network: 'full' }), says: /network none/, mended: needs({}) },
  cpu: { job: needs({ cpuMillis: 9000 }), says: /at most 4 CPUs \(--cpu 4\)/, mended: needs({ cpuMillis: 4000 }) },
  memory: { job: needs({ memoryBytes: 9 * GIB }), says: /--memory 8192MiB/, mended: needs({ memoryBytes: 8 * GIB }) },
  disk: { job: needs({ diskBytes: 101 * GIB }), says: /--disk 102400MiB/, mended: needs({ diskBytes: 100 * GIB }) },
  'gpu-count': { job: needs({ gpus: { count: 1 } }), says: /leave out GPUs/, mended: needs({}) },
  'gpu-model': {
    job: needs({ gpus: { count: 1, model: 'h200' } }),
    offer: withGpu,
    says: /NVIDIA L4/,
    mended: needs({ gpus: { count: 1, model: 'L4' } })
  },
  'gpu-memory': {
    job: needs({ gpus: { count: 1, memoryBytes: 80 * GIB } }),
    offer: withGpu,
    says: /24576MiB/,
    mended: needs({ gpus: { count: 1, memoryBytes: 24 * GIB } })
  },
  committee: {
    job: { policy: 'committee' },
    offer: { terms: { ...resourceOffer().terms, committee: false } },
    says: /--verify none/,
    mended: { policy: 'none' }
  },
  price: { job: { bid: 1000n, tip: 1n }, says: /raise --bid to 0\.061661/, mended: { bid: 61_661n, tip: 1n } }
}

describe('job why: what would help', () => {
  for (const code of Object.keys(REASONS) as ReasonCode[]) {
    it(`default: ${code}`, () => {
      const { job = {}, offer = {}, says, mended } = CASES[code]
      const offered = resourceOffer({ account: provider, ...offer })
      const found = feasible(jobOffer(job), offered, { round: ROUND })
      assert.ok(!found.ok)
      assert.deepEqual(
        found.misses.map(m => m.code),
        [code]
      )
      const [miss] = found.misses
      assert.ok(miss !== undefined)
      assert.match(remedyOf(miss, { account: provider, token: TOKEN }), says)
      // what is said to help does
      if (mended !== undefined)
        assert.deepEqual(feasible(jobOffer({ ...job, ...mended }), offered, { round: ROUND }), { ok: true })
    })
  }
})

const PHASES: Record<CreatorPhase, RegExp> = {
  matching: /1 of 2 offers fit/,
  proposing: /1 of 2 offers fit/,
  agreed: /agreed/,
  running: /running/,
  fetching: /on its way/,
  checking: /the job runs again/,
  reviewing: /its owner decides/,
  accepted: /accepted/,
  rejected: /said no to/,
  disputed: /before the court/,
  settled: /ended; its provider is paid/,
  refunded: /the price is back: it was late/,
  failed: /it was late/,
  unmatched: /it was late/,
  cancelled: /it was late/
}

describe('job why: where a job is', () => {
  const job = { id: digestOf('job'), offer: jobOffer(needs({ cpuMillis: 4000 })) }
  const offers = [4000, 2000].map((cpuMillis, n) => ({
    id: digestOf(`o${n}`),
    offer: resourceOffer({ account: accountOf(n), capacity: { ...resourceOffer().capacity, cpuMillis } })
  }))
  const view = (phase: CreatorPhase, changes: Partial<CreatorState> = {}, from = offers) => {
    const failed = { provider, dealId: `0x${'11'.repeat(32)}` as const, ended: 'timed-out' as const, atMs: 2 }
    const base = {
      jobId: 'j1',
      engine: 'js',
      phase,
      timeline: [],
      refusals: [],
      signed: [],
      past: [failed],
      createdAtMs: 1
    }
    const reason = ['refunded', 'failed', 'unmatched', 'cancelled'].includes(phase) ? { reason: 'it was late' } : {}
    const state = { ...base, ...reason, ...changes } as unknown as CreatorState
    const record = { seq: 1, id: 'j1', kind: 'k', state, version: 1, done: false, createdAt: 1, updatedAt: 1 }
    const opinion = { explanation: explain(job, from, { round: ROUND }), ranked: [] }
    return whyView(record, opinion, () => false, TOKEN)
  }

  it('behavior: amounts are said as a person reads them, and apart where they are nearly the same', () => {
    const cases: [needs: object, has: object, says: RegExp][] = [
      [{ memoryBytes: 640 * GIB }, { memoryBytes: 20_259_867_852 }, /wanted 640\.0 GiB, has 18\.9 GiB/],
      [{ diskBytes: 20 * GIB + 4 * 2 ** 20 }, { diskBytes: 20 * GIB }, /wanted 20\.004 GiB, has 20\.000 GiB/],
      [{ diskBytes: GIB }, { diskBytes: 0 }, /wanted 1\.0 GiB, has 0\.0 MiB/],
      [{ memoryBytes: 20 * GIB + 1 }, { memoryBytes: 20 * GIB }, /wanted 21474836481, has 21474836480/],
      [{ cpuMillis: 64_500 }, { cpuMillis: 4000 }, /wanted 64\.5, has 4\./]
    ]
    for (const [wanted, has, says] of cases) {
      const asked = { id: digestOf('big'), offer: jobOffer(needs(wanted)) }
      const offer = resourceOffer({ account: provider, capacity: { ...resourceOffer().capacity, ...has } })
      const explanation = explain(asked, [{ id: digestOf('o'), offer }], { round: ROUND })
      const state = {
        jobId: 'j1',
        phase: 'unmatched',
        timeline: [],
        refusals: [],
        signed: [],
        past: [],
        createdAtMs: 1
      }
      const record = { seq: 1, id: 'j1', kind: 'k', version: 1, done: true, createdAt: 1, updatedAt: 1 }
      const why = whyView(
        { ...record, state: state as unknown as CreatorState },
        { explanation, ranked: [] },
        () => false,
        TOKEN
      )
      assert.match(why.nearest[0]?.reasons.join() ?? '', says)
      assert.deepEqual(why.remedies, ['change what it asks for: the nearest offers say what would fit'])
    }
  })

  for (const [phase, says] of Object.entries(PHASES)) {
    it(`default: ${phase}`, () => assert.match(view(phase as CreatorPhase).summary, says))
  }

  it('behavior: counts and nearest misses are told where they matter, with what would help', () => {
    const { counts, nearest } = view('unmatched')
    assert.deepEqual(
      counts.map(c => c.count),
      [1]
    )
    assert.match(nearest[0]?.remedies?.[0] ?? '', /at most 2 CPUs/)
    for (const phase of ['running', 'settled'] as const)
      assert.deepEqual([view(phase).counts, view(phase).nearest], [[], []])
  })

  it('behavior: an end that is not the one that was wished for says what its owner can do', () => {
    assert.deepEqual(view('settled').remedies, [])
    assert.match(view('unmatched').remedies?.[0] ?? '', /there are offers that fit now/)
    assert.match(view('unmatched', {}, []).remedies?.[0] ?? '', /start a provider/)
    assert.match(view('refunded').remedies?.join() ?? '', new RegExp(`refuse ${provider}`))
    assert.match(view('failed', { error: 'InsufficientBalanceError' }).remedies?.[0] ?? '', /wallet deposit/)
    assert.match(view('cancelled').remedies?.[0] ?? '', /again/)
  })

  it('behavior: a no of a provider comes with what helps against it, once for each provider', () => {
    const no = (reason: string) => ({ provider, reason, detail: 'why', atMs: 1 })
    const refusals = [no('no-room'), no('not-allowed')] as unknown as CreatorState['refusals']
    for (const phase of ['matching', 'unmatched'] as const) {
      const { remedies = [], attempts } = view(phase, { refusals, past: [] })
      assert.equal(remedies.length, 1)
      assert.match(remedies[0] ?? '', new RegExp(`^${provider}: .*--deny ${provider}`))
      assert.match(attempts[1]?.outcome ?? '', /^not-allowed: why/)
    }
  })
})
