import assert from 'node:assert/strict'
import type { CourtEvent } from '../../../../../../node/settlement/court.ts'
import type { DealEvent } from '../../../../../../node/settlement/settlement.ts'
import { CLAIMED, type CourtWorld, courtOf, courtWorld, OTHER } from '../../../../../helpers/court.ts'

describe('evm: court, events', () => {
  let world: CourtWorld

  before(async () => {
    world = await courtWorld()
  })
  after(() => world.stop())

  /** Events from where the consumer is, up to the first of a kind. */
  const until = async <E extends { kind: string }>(events: AsyncIterable<E>, kind: string): Promise<E[]> => {
    const heard: E[] = []
    for await (const event of events) {
      heard.push(event)
      if (event.kind === kind) break
    }
    return heard
  }
  const kinds = (events: readonly { kind: string }[]) => events.map(({ kind }) => kind)

  it('default: a stranger hears a dispute in order, with all that the calls need; the parties hear its beginning and end', async () => {
    const challenged = await world.challenged()
    const { id, deal, result } = challenged
    await world.drawn(challenged)
    await world.judged(challenged, () => OTHER)
    await world.chain.pass(31)
    await courtOf(world.creator).finish(deal, result)
    const stranger = await world.chain.party({ tokens: 0n })
    const heard = await until<CourtEvent>(courtOf(stranger).events(), 'finished')
    assert.deepEqual(kinds(heard), [
      ...['challenged', 'armed', 'drawn', 'drawn', 'drawn', 'voting', 'committed', 'committed', 'committed'],
      ...['revealed', 'revealed', 'revealed', 'commitment-revealed', 'judged'],
      ...['seat-paid', 'seat-paid', 'seat-paid', 'finished']
    ])
    const [first] = heard
    assert.ok(first?.kind === 'challenged')
    assert.deepEqual([first.challenge.deal, first.challenge.result], [deal, result])
    assert.deepEqual(await courtOf(stranger).challengeOf(id), first.challenge)
    assert.equal(await courtOf(stranger).challengeOf(`0x${'99'.repeat(32)}`), undefined)
    for (const { settlement } of [world.creator, world.provider]) {
      const own = (await until<DealEvent>(settlement.events({ consumer: 'once' }), 'resolved')).filter(
        e => e.deal === id
      )
      assert.deepEqual(kinds(own), ['opened', 'submitted', 'challenged', 'resolved'])
      assert.deepEqual([own.at(-1)?.toProvider, own.at(-1)?.toCreator], [0n, deal.price])
    }
  })

  it('behavior: a consumer that comes back goes on where it was', async () => {
    const [party] = world.seats
    assert.ok(party !== undefined)
    const { id } = await world.challenged()
    const events = () => courtOf(party).events({ consumer: 'back' })
    for await (const event of events()) if (event.deal === id && event.kind === 'challenged') break
    const [again] = await until(events(), 'challenged')
    assert.deepEqual([again?.deal, again?.kind], [id, 'challenged'])
  })

  it('behavior: after a reorg the draw of the new branch is heard and read', async () => {
    const challenged = await world.challenged()
    const { id, deal } = challenged
    await world.chain.control.mine({ blocks: 6 })
    const court = courtOf(world.creator)
    await court.draw(deal)
    const abort = new AbortController()
    const drawn: CourtEvent[] = []
    const removed: string[] = []
    const events = court.events({ consumer: 'reorg', signal: abort.signal })[Symbol.asyncIterator]()
    const next = async () => {
      for (;;) {
        const { value } = await events.next()
        if (value.deal === id && value.kind === 'removed') removed.push(value.was)
        if (value.deal === id && value.kind === 'drawn') return drawn.push(value)
      }
    }
    while (drawn.length < 3) await next()
    const more = next()
    // the block of the draw goes away, and the transaction with it
    await world.chain.control.request({ method: 'anvil_reorg', params: [1, []] } as never)
    const [seat] = world.seats
    assert.ok(seat !== undefined)
    const undone = await court.dispute(id)
    assert.deepEqual([undone?.phase, undone?.members.length, undone?.seeded], ['drawing', 0, false])
    await courtOf(seat).draw(deal)
    await more
    while (drawn.length < 6) await next()
    abort.abort()
    assert.deepEqual(removed.sort(), ['drawn', 'drawn', 'drawn', 'voting'])
    const [before, after] = [drawn.slice(0, 3), drawn.slice(3)]
    const now = await court.dispute(id)
    assert.equal(now?.phase, 'voting')
    assert.ok(after.every((event, n) => event.blockNumber > (before[n]?.blockNumber ?? 0n)))
    assert.deepEqual(
      after.map(event => (event.kind === 'drawn' ? event.owner : '')),
      now?.members.map(({ owner }) => owner)
    )
    await world.judged(challenged, () => CLAIMED)
  })
})
