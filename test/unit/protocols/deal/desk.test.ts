import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Address } from '../../../../protocols/common/values.ts'
import { DESK_LIMITS, type DeskRoom, decide, type InHand } from '../../../../protocols/deal/desk.ts'
import { feasible } from '../../../../protocols/matching/feasible.ts'
import type { JobInput, OfferInput } from '../../../../protocols/matching/input.ts'
import { inOrder, match } from '../../../../protocols/matching/match.ts'
import { rank } from '../../../../protocols/matching/rank.ts'
import { freeOf, hasRoom, type Room, without } from '../../../../protocols/matching/room.ts'
import type { ResourceOffer } from '../../../../protocols/offers/schema.ts'
import { jobs, offers } from '../../../support/market/arbitrary.ts'
import { accountOf, digestOf, jobOffer, ROUND, resourceOffer } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

const AT = { round: ROUND }
const LATER = ROUND + 1
const ROOM: Room = { cpuMillis: 4_000, memoryBytes: 8 * 2 ** 30, diskBytes: 100 * 2 ** 30, gpus: [] }
const room = (changes: Partial<DeskRoom> = {}): DeskRoom => ({
  free: ROOM,
  places: 1_000,
  unopenedOf: () => 0,
  maxUnopened: 1_000,
  holds: [],
  ...changes
})
const inHand = (input: JobInput, round = ROUND): InHand => ({ ...input, round })
const ids = (list: readonly JobInput[]) => list.map(j => Buffer.from(j.id).toString('hex'))

let made = 0
/** A job of so many cores, by default with a creator of its own. */
function job(cpuMillis: number, tip = 0n, account: Address = accountOf(2_000 + ++made)): InHand {
  const id = digestOf(`desk ${++made}`)
  const needs = { ...jobOffer().needs, resources: { cpuMillis, memoryBytes: 1, diskBytes: 0 } }
  return inHand({ id, offer: jobOffer({ needs, tip, account, nonce: `0x${Buffer.from(id).toString('hex')}` }) })
}

describe('deal/desk', () => {
  it('default: a lone job is agreed to at once', () => {
    const lone = job(4_000)
    assert.deepEqual(decide([lone], room(), ROUND), { agree: [lone], refuse: [], wait: [] })
  })

  it('default: all that fit together are agreed to at once, in the order of match', () => {
    const [a, b] = [job(1_000, 1n), job(2_000, 9n)]
    assert.deepEqual(decide([a, b], room(), ROUND).agree, [b, a])
  })

  it('behavior: who contends waits for the end of the round, then the higher tip per unit has it', () => {
    const [a, b] = [job(3_000, 1n), job(3_000, 9n)]
    const before = decide([a, b], room(), ROUND)
    assert.deepEqual([before.agree, before.refuse, before.wait.length], [[], [], 2])
    const after = decide([a, b], room(), LATER)
    assert.deepEqual([after.agree, after.refuse.map(r => [r.proposal, r.reason])], [[b], [[a, 'no-room']]])
  })

  it('behavior: what does not fit alone waits, and keeps nobody waiting', () => {
    const [whale, small] = [job(5_000, 100n), job(1_000)]
    assert.deepEqual(decide([whale, small], room(), ROUND), { agree: [small], refuse: [], wait: [whale] })
    assert.equal(decide([whale], room(), LATER).refuse[0]?.detail, 'CPU is in use by other jobs at the moment')
  })

  it('behavior: places for jobs are room as well', () => {
    const [a, b] = [job(1, 1n), job(1)]
    assert.equal(decide([a, b], room({ places: 1 }), ROUND).wait.length, 2)
    const { agree, refuse } = decide([a, b], room({ places: 1 }), LATER)
    assert.deepEqual([agree, refuse.map(r => r.reason)], [[a], ['no-room']])
  })

  it('behavior: too many unopened deals of a creator are said at once', () => {
    const who = accountOf(1)
    const [a, b] = [job(1, 1n, who), job(1, 0n, who)]
    const { agree, refuse, wait } = decide([a, b], room({ maxUnopened: 3, unopenedOf: () => 2 }), ROUND)
    assert.deepEqual([agree, refuse.map(r => [r.proposal, r.reason]), wait], [[a], [[b, 'too-many-unopened']], []])
  })

  it('behavior: so many wait and no more, those that come first in the order, and of one creator fewer', () => {
    const full = room({ places: 0 })
    const crowd = Array.from({ length: DESK_LIMITS.waiting + 5 }, (_, i) => job(1, BigInt(i)))
    const { wait, refuse } = decide(crowd, full, ROUND)
    assert.deepEqual(ids(refuse.map(r => r.proposal)), ids(crowd.slice(0, 5).reverse()))
    assert.equal(wait.length, DESK_LIMITS.waiting)
    const one = Array.from({ length: DESK_LIMITS.waitingOfOne + 2 }, (_, i) => job(1, BigInt(i), accountOf(1)))
    assert.equal(decide([...one, job(1)], full, ROUND).wait.length, DESK_LIMITS.waitingOfOne + 1)
  })

  describe('holds', () => {
    it('behavior: later jobs leave the room alone, earlier ones do not', () => {
      const whale = job(4_000, 40n)
      const holds = room({ free: { ...ROOM, cpuMillis: 3_000 }, holds: [whale] })
      const [poor, rich] = [job(1_000, 1n), job(1_000, 99n)]
      assert.deepEqual(decide([poor, rich], holds, LATER).agree, [rich])
      assert.deepEqual(decide([poor, rich], { ...holds, free: { ...ROOM, cpuMillis: 5_000 } }, LATER).agree, [rich])
      assert.deepEqual(decide([poor, rich], { ...holds, free: { ...ROOM, cpuMillis: 6_000 } }, LATER).agree, [
        rich,
        poor
      ])
    })

    it('behavior: its own job takes the room, also with a renewed offer; one of another tip or work does not', () => {
      const whale = job(4_000, 1n)
      const holds = room({ holds: [whale] })
      const renewed = { ...whale, id: digestOf('renewed'), offer: { ...whale.offer, fromRound: ROUND + 9 } }
      assert.deepEqual(decide([renewed, job(1)], holds, LATER).agree, [renewed])
      const cheaper = { ...renewed, offer: { ...renewed.offer, tip: 0n } }
      assert.deepEqual(decide([cheaper], holds, LATER).agree, [])
    })

    it('behavior: a hold is a place as well', () => {
      const whale = job(4_000, 1n)
      assert.equal(decide([job(0)], room({ places: 1, holds: [whale] }), LATER).agree.length, 0)
      assert.equal(decide([job(0)], room({ places: 2, holds: [whale] }), LATER).agree.length, 1)
    })
  })

  describe('and match', () => {
    const single = ({ id, offer }: JobInput): JobInput => ({ id, offer: { ...offer, policy: 'none', replicas: 1 } })
    const serve = (here: InHand[], free = ROOM) => decide(here, room({ free }), LATER)

    it('property: proposals in hand in one round get what match gives them', () => {
      let telling = 0
      check(
        fc.property(jobs(12), offers(1), (all, [provider]) => {
          if (provider === undefined) return
          const here = all.map(single).filter(j => feasible(j.offer, provider.offer, AT).ok)
          const expected = match(here, [provider], AT)
          const free = freeOf(provider.offer)
          const { agree, refuse } = decide(
            here.map(j => inHand(j)),
            room({ free }),
            LATER
          )
          assert.deepEqual(ids(agree), ids(expected.matches.map(m => m.job)))
          assert.deepEqual(ids(refuse.map(r => r.proposal)), ids(expected.unmatched.map(u => u.job)))
          // before the round is over: everybody who fits, if all who could fit do, or nobody
          const early = decide(
            here.map(j => inHand(j)),
            room({ free }),
            ROUND
          )
          if (early.agree.length > 0) assert.deepEqual(ids(early.agree), ids(agree))
          if (refuse.length > 0 && agree.length > 0) telling++
        }),
        2_000
      )
      assert.ok(telling > 100, `only ${telling} desks were contested`)
    })

    it('property: a contested round is answered at its end alone, an uncontested one at once', () => {
      check(
        fc.property(jobs(8), ([...all]) => {
          const here = all.map(j => inHand(single(j)))
          const { agree, refuse, wait } = decide(here, room(), ROUND)
          assert.equal(agree.length + refuse.length + wait.length, here.length)
          const fitAlone = here.filter(j => hasRoom(ROOM, j.offer))
          const together = serve(fitAlone).refuse.length === 0
          assert.equal(agree.length, together ? fitAlone.length : 0)
        }),
        500
      )
    })

    interface Answers {
      before: Room
      agreed: InHand[]
      refused: InHand[]
    }

    /** Each job goes down its ranking; every provider answers those that are before it in one round. */
    function proposeAll(all: readonly InHand[], pool: readonly OfferInput[]) {
      const rooms = new Map(pool.map(o => [o.offer.account, freeOf(o.offer)]))
      const toAsk = new Map(all.map(j => [j, rank(j, pool, AT).map(r => r.offer.account)]))
      const placed = new Map<JobInput, Address>()
      const rounds: Answers[] = []
      const answer = (provider: Address, group: InHand[]): void => {
        const before = rooms.get(provider) ?? ROOM
        const { agree: agreed, refuse } = serve(group, before)
        const refused = refuse.map(r => r.proposal)
        rounds.push({ before, agreed, refused })
        for (const j of agreed) placed.set(j, provider)
        for (const j of refused) toAsk.get(j)?.shift()
        rooms.set(
          provider,
          agreed.reduce((room, { offer }) => without(room, offer), before)
        )
      }
      for (;;) {
        const asking = all.filter(j => !placed.has(j) && toAsk.get(j)?.[0] !== undefined)
        if (asking.length === 0) return { placed, rooms, rounds }
        for (const [provider, group] of Map.groupBy(asking, j => toAsk.get(j)?.[0] as Address)) answer(provider, group)
      }
    }

    /** How many were refused although somebody after them got in; throws where that one took their room. */
    function passedBy({ before, agreed, refused }: Answers): number {
      let passed = 0
      for (const j of refused) {
        const order = inOrder([...agreed, j])
        const earlier = order.slice(0, order.indexOf(j))
        const left = earlier.reduce((room, { offer }) => without(room, offer), before)
        assert.ok(!hasRoom(left, j.offer), 'a later job took the room')
        if (earlier.length < agreed.length) passed++
      }
      return passed
    }

    /** Who has which job, by id. */
    const table = (list: readonly JobInput[], of: (j: JobInput) => Address | undefined) =>
      Object.fromEntries(ids(list).map((id, i) => [id, of(list[i] as JobInput)]))
    const matched = (list: readonly JobInput[], pool: readonly OfferInput[]) => {
      const { matches } = match(list, pool, AT)
      return table(list, j => matches.find(m => m.job === j)?.providers[0]?.offer.account)
    }

    it('property: over several providers, jobs that propose in order until they are done get what match gives them', () => {
      check(
        fc.property(jobs(10), offers(5), (all, pool) => {
          const list = all.map(single)
          const free = new Map(pool.map(o => [o.offer.account, freeOf(o.offer)]))
          const placed = new Map<JobInput, Address>()
          for (const j of inOrder(list)) {
            for (const { offer } of rank(j, pool, AT)) {
              const here = free.get(offer.account) ?? ROOM
              if (serve([inHand(j)], here).agree.length === 0) continue
              free.set(offer.account, without(here, j.offer))
              placed.set(j, offer.account)
              break
            }
          }
          assert.deepEqual(
            table(list, j => placed.get(j)),
            matched(list, pool)
          )
        }),
        1_000
      )
    })

    it('property: over several providers that all jobs rank alike, all at once get what match gives them', () => {
      let telling = 0
      check(
        fc.property(jobs(12), offers(4), (all, pool) => {
          // a price class of its own for each: no draw of lots between them, and no own offers
          const alike = pool.map(({ id, offer }, i) => ({
            id,
            offer: resourceOffer({
              ...offer,
              ...SAME,
              free: offer.capacity,
              account: accountOf(500 + i),
              price: { ...FREE, perJob: BigInt(100 + 50 * i) }
            })
          }))
          const list = all.map(single).map(({ id, offer }) => inHand({ id, offer: { ...offer, ...ANYWHERE } }))
          const { placed } = proposeAll(list, alike)
          assert.deepEqual(
            table(list, j => placed.get(j)),
            matched(list, alike)
          )
          if (new Set(placed.values()).size > 1) telling++
        }),
        500
      )
      assert.ok(telling > 100, `only ${telling} markets needed a second provider`)
    })

    it('property: all at once, nobody is passed over for a later one in a round, and nobody waits while a provider has room', () => {
      let telling = 0
      check(
        fc.property(jobs(12), offers(5), (all, pool) => {
          const list = all.map(j => inHand(single(j)))
          const { placed, rooms, rounds } = proposeAll(list, pool)
          for (const j of list.filter(each => !placed.has(each))) {
            const hasPlace = rank(j, pool, AT).some(({ offer }) => hasRoom(rooms.get(offer.account) ?? ROOM, j.offer))
            assert.ok(!hasPlace, 'somebody waits although there is room')
          }
          for (const answers of rounds) telling += passedBy(answers)
        }),
        1_000
      )
      assert.ok(telling > 20, `only ${telling} refusals were passed by smaller jobs`)
    })
  })
})

const FREE = { perJob: 0n, perCpuHour: 0n, perGiBHour: 0n, perDiskGiBHour: 0n, perGpuHour: 0n }
const GPUS = ['NVIDIA H200', 'NVIDIA L4'].flatMap(model =>
  Array.from({ length: 2 }, () => ({ vendor: 'nvidia', model, memoryBytes: 141 * 2 ** 30 }))
)
/** What decides whether a job fits at all. */
const SAME: Partial<ResourceOffer> = {
  ...{ labels: {}, fromRound: ROUND, tickets: 1, arch: 'amd64', networks: ['none', 'full'] },
  engines: resourceOffer().engines,
  capacity: { ...ROOM, gpus: GPUS }
}
const ANYWHERE = { constraints: { labels: {}, allow: [], deny: [] }, bid: 10_000_000n }
