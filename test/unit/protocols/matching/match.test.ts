import assert from 'node:assert/strict'
import { toHex } from '../../../../protocols/common/values.ts'
import type { JobInput } from '../../../../protocols/matching/input.ts'
import { type MatchResult, match, units } from '../../../../protocols/matching/match.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../../../support/market/make.ts'

const AT = { round: ROUND }
const hex = (bytes: Uint8Array): string => toHex(bytes).slice(2)
const served = ({ matches }: MatchResult) =>
  Object.fromEntries(matches.map(m => [hex(m.job.id), m.providers.map(p => hex(p.id))]))

const small = (changes: object = {}) => ({ cpuMillis: 1000, memoryBytes: 1, diskBytes: 0, ...changes })
const jobOf = (n: number, changes: Parameters<typeof jobOffer>[0] = {}): JobInput => ({
  id: digestOf(`job ${n}`),
  offer: jobOffer({
    account: accountOf(1000 + n),
    needs: { engine: 'js', resources: small(), network: 'none' },
    ...changes
  })
})
const room = (cpuMillis: number) => ({ cpuMillis, memoryBytes: 2 ** 33, diskBytes: 2 ** 33, gpus: [] })
const offerOf = (n: number, cpuMillis: number) => ({
  id: digestOf(`offer ${n}`),
  offer: resourceOffer({ account: accountOf(n), capacity: room(4000), free: room(cpuMillis) })
})

describe('match', () => {
  it('default: a lone job gets its best offer', () => {
    const { matches, unmatched } = match([jobOf(1)], [offerOf(1, 4000)], AT)
    assert.deepEqual([matches.length, unmatched.length], [1, 0])
  })

  it('behavior: the higher tip per unit is served first when there is room for one', () => {
    const [poor, rich] = [jobOf(1, { tip: 1n }), jobOf(2, { tip: 2n })]
    const result = match([poor, rich], [offerOf(1, 1000)], AT)
    assert.deepEqual(Object.keys(served(result)), [hex(rich.id)])
    assert.deepEqual(
      result.unmatched.map(u => u.reason),
      ['no-room']
    )
  })

  it('behavior: a tip counts by what the job occupies', () => {
    const big = jobOf(1, { tip: 3n, needs: { engine: 'js', resources: small({ cpuMillis: 4000 }), network: 'none' } })
    const little = jobOf(2, { tip: 1n })
    assert.deepEqual(Object.keys(served(match([big, little], [offerOf(1, 4000)], AT))), [hex(little.id)])
  })

  it('behavior: says whether nothing fits or everything is taken', () => {
    const { unmatched } = match([jobOf(1, { bid: 0n })], [offerOf(1, 4000)], AT)
    assert.equal(unmatched[0]?.reason, 'infeasible')
    assert.equal(match([jobOf(1)], [offerOf(1, 500)], AT).unmatched[0]?.reason, 'no-room')
  })

  it('behavior: replicas take distinct providers or none', () => {
    const wanted = jobOf(1, { policy: 'replicas', replicas: 2 })
    assert.equal(match([wanted], [offerOf(1, 4000)], AT).matches.length, 0)
    const { matches } = match([wanted], [offerOf(1, 4000), offerOf(2, 4000)], AT)
    assert.equal(new Set(matches[0]?.providers.map(p => p.offer.account)).size, 2)
  })

  it('behavior: GPUs that one job holds are not given to the next', () => {
    const gpus = [{ vendor: 'nvidia', model: 'L4', memoryBytes: 24 * 2 ** 30 }]
    const offer = {
      id: digestOf('gpu'),
      offer: resourceOffer({ capacity: { ...room(4000), gpus }, free: { ...room(4000), gpus } })
    }
    const wants = { engine: 'js' as const, resources: { ...small(), gpus: { count: 1 } }, network: 'none' as const }
    const result = match([jobOf(1, { needs: wants }), jobOf(2, { needs: wants })], [offer], AT)
    assert.deepEqual([result.matches.length, result.unmatched.length], [1, 1])
  })

  it('args: a timeout of zero does not make a tip infinitely good', () => {
    assert.equal(units(jobOf(1, { timeoutMs: 0 }).offer), units(jobOf(1, { timeoutMs: 1 }).offer))
  })
})
