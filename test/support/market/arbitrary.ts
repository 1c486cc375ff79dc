import fc from 'fast-check'
import { type Address, toHex } from '../../../protocols/common/values.ts'
import type { JobInput, OfferInput } from '../../../protocols/matching/input.ts'
import type { Price } from '../../../protocols/offers/schema.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from './make.ts'

const GIB = 2 ** 30
const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

const gpu = fc.record({
  vendor: pick('nvidia'),
  model: pick('NVIDIA H200', 'NVIDIA L4'),
  memoryBytes: pick(24 * GIB, 141 * GIB)
})
const capacity = fc.record({
  cpuMillis: pick(500, 1000, 2000, 4000),
  memoryBytes: pick(GIB, 2 * GIB, 8 * GIB),
  diskBytes: pick(GIB, 50 * GIB),
  gpus: fc.array(gpu, { maxLength: 3 })
})
/** Few distinct prices, so that equal asks and shared classes are common. */
const price: fc.Arbitrary<Price> = fc.record({
  perJob: pick(0n, 100n, 101n, 110n, 1000n),
  perCpuHour: pick(0n, 3_600_000n, 3_636_000n),
  perGiBHour: pick(0n, 7n),
  perDiskGiBHour: pick(0n, 1n),
  perGpuHour: pick(0n, 60n)
})

const offerBody = fc
  .record({
    capacity,
    price,
    arch: pick('amd64' as const, 'arm64' as const),
    tickets: pick(1, 1, 1, 5),
    labels: pick({}, { zone: 'a' }, { zone: 'b' }),
    networks: pick(['none' as const], ['none' as const, 'full' as const]),
    engines: pick(
      [{ kind: 'js' as const, version: '1' }],
      [
        { kind: 'docker' as const, version: '20' },
        { kind: 'js' as const, version: '1' }
      ]
    ),
    fromRound: pick(ROUND - 5, ROUND, ROUND, ROUND + 5)
  })
  .map(fields => ({ ...fields, free: { ...fields.capacity, cpuMillis: fields.capacity.cpuMillis / 2 } }))

const jobBody = fc.record({
  needs: fc.record({
    engine: pick('js' as const, 'js' as const, 'js' as const, 'docker' as const),
    resources: fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          cpuMillis: pick(100, 500, 1000, 3000),
          memoryBytes: pick(1, GIB),
          diskBytes: pick(0, GIB)
        })
      },
      {
        weight: 1,
        arbitrary: fc.record({
          cpuMillis: pick(100),
          memoryBytes: pick(1),
          diskBytes: pick(0),
          gpus: fc.record({ count: pick(1, 2), model: pick('H200', 'L4') })
        })
      }
    ),
    network: pick('none' as const, 'none' as const, 'none' as const, 'full' as const)
  }),
  bid: pick(150n, 500n, 10_000_000n, 10_000_000n, 10_000_000n),
  tip: pick(0n, 0n, 5n, 10n),
  timeoutMs: pick(1, 1000, 60_000),
  fromRound: pick(ROUND - 1, ROUND),
  constraints: pick<{ labels: Record<string, string>; allow: Address[]; deny: Address[] }>(
    { labels: {}, allow: [], deny: [] },
    { labels: {}, allow: [], deny: [] },
    { labels: { zone: 'a' }, allow: [], deny: [] },
    { labels: {}, allow: [accountOf(0), accountOf(1)], deny: [] },
    { labels: {}, allow: [], deny: [accountOf(0)] }
  ),
  replicas: pick(1, 1, 1, 2, 3)
})

/** Offers of distinct accounts; the first of them are also creators now and then. */
export const offers = (maxLength: number): fc.Arbitrary<OfferInput[]> =>
  fc.array(offerBody, { maxLength, size: 'max' }).map(bodies =>
    bodies.map((body, i) => ({
      id: digestOf(`offer ${i}`),
      offer: resourceOffer({ ...body, account: accountOf(i) })
    }))
  )

export const jobs = (maxLength: number): fc.Arbitrary<JobInput[]> =>
  fc.array(fc.tuple(jobBody, fc.nat(9)), { maxLength, size: 'max' }).map(bodies =>
    bodies.map(([body, creator], i) => ({
      id: digestOf(`job ${i}`),
      offer: jobOffer({
        ...body,
        policy: body.replicas > 1 ? 'replicas' : 'none',
        account: accountOf(creator === 0 ? 0 : 1000 + creator),
        nonce: toHex(digestOf(`nonce ${i}`))
      })
    }))
  )

export const job: fc.Arbitrary<JobInput> = jobs(1)
  .filter(list => list.length === 1)
  .map(list => list[0] ?? fail())

function fail(): never {
  throw new Error('an empty list passed the filter')
}
