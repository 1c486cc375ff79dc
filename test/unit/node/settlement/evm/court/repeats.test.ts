import assert from 'node:assert/strict'
import type { Court } from '../../../../../../node/settlement/court.ts'
import { connect } from '../../../../../../node/settlement/evm/client.ts'
import { evmSettlement } from '../../../../../../node/settlement/evm/index.ts'
import type { Receipt } from '../../../../../../node/settlement/settlement.ts'
import { CAPABILITY } from '../../../../../../protocols/mediation/types.ts'
import { shorten, voteHash } from '../../../../../../protocols/mediation/vote.ts'
import { CLAIMED, type CourtWorld, courtOf, courtWorld, OTHER, SALT } from '../../../../../helpers/court.ts'
import type { Party } from '../../../../../helpers/evm.ts'
import { rpcProxy } from '../../../../../helpers/rpc-proxy.ts'

describe('evm: court, repeated calls', () => {
  let world: CourtWorld

  before(async () => {
    world = await courtWorld({ owners: 4 })
  })
  after(() => world.stop())

  /** The same call twice: the second one names what the first one sent. */
  const twice = async (call: () => Promise<Receipt>) => {
    const first = await call()
    const second = await call()
    assert.equal(second.transaction, first.transaction)
  }
  const refuses = (work: Promise<unknown>, contractError: string) =>
    assert.rejects(work, { name: 'DealStateError', contractError })
  const voteOf = (member: { round: number; seat: number }, deal: `0x${string}`, digest = CLAIMED) => {
    const vote = { deal, round: member.round, seat: member.seat, digest, orTimeout: false, salt: SALT }
    return { ...vote, vote: shorten(voteHash(vote)) }
  }

  it('behavior: every call of a dispute, while it lives and after it is finished', async () => {
    const challenged = await world.challenged()
    const { id, deal, result } = challenged
    const creator = courtOf(world.creator)
    await twice(() => creator.challenge(deal, result))
    await refuses(creator.draw(deal), 'SeedPending')
    await world.drawn(challenged)
    await creator.draw(deal)
    const members = await world.round(id)
    const calls: (() => Promise<Receipt>)[] = []
    for (const { member, party } of members) {
      const { vote, ...revealed } = voteOf(member, id)
      calls.push(() => courtOf(party).commit(id, member.index, vote))
      await twice(() => courtOf(party).commit(id, member.index, vote))
      calls.push(() => courtOf(party).reveal(id, member.index, revealed))
    }
    for (const { member, party } of members) {
      await twice(() => courtOf(party).reveal(id, member.index, voteOf(member, id)))
    }
    calls.push(() => courtOf(world.provider).revealCommitment(result, CLAIMED, SALT))
    await twice(() => courtOf(world.provider).revealCommitment(result, CLAIMED, SALT))
    await creator.tally(deal)
    await world.chain.pass(31)
    await twice(() => creator.finish(deal, result))
    const before = (await world.creator.settlement.balances()).free
    for (const call of calls) await call()
    await creator.challenge(deal, result)
    await creator.draw(deal)
    await creator.tally(deal)
    assert.equal((await world.creator.settlement.balances()).free, before)
  })

  it('error: another vote than the one that is committed, and a reveal of another', async () => {
    const challenged = await world.challenged()
    const { id, deal, result } = challenged
    await world.drawn(challenged)
    const members = await world.round(id)
    const [first] = members
    assert.ok(first !== undefined)
    const { member, party } = first
    const court = courtOf(party)
    await court.commit(id, member.index, voteOf(member, id).vote)
    await refuses(court.commit(id, member.index, voteOf(member, id, OTHER).vote), 'WrongStanding')
    await refuses(court.decline(deal, member.index), 'WrongStanding')
    await refuses(
      courtOf(world.creator).commit(id, members[1]?.member.index ?? 0, voteOf(member, id).vote),
      'NotSeatOwner'
    )
    await world.chain.pass(deal.voteWindow + 1)
    await refuses(court.reveal(id, member.index, voteOf(member, id, OTHER)), 'WrongReveal')
    await court.reveal(id, member.index, voteOf(member, id))
    await refuses(court.tally(deal), 'TooEarly')
    await world.chain.pass(31)
    await court.tally(deal)
    // nobody opened the provider's commitment: it is wrong
    assert.equal((await court.dispute(id))?.providerWrong, true)
    await world.chain.pass(31)
    await court.finish(deal, result)
  })

  it('behavior: a member declines, and another one is drawn', async () => {
    const challenged = await world.challenged()
    const { id, deal, result } = challenged
    await world.drawn(challenged)
    const [first] = await world.round(id)
    assert.ok(first !== undefined)
    const court = courtOf(first.party)
    await twice(() => court.decline(deal, first.member.index))
    const now = await court.dispute(id)
    assert.deepEqual([now?.seated, now?.members.length, now?.members[first.member.index]?.standing], [3, 4, 'declined'])
    assert.equal((await world.round(id)).length, 3)
    await world.judged(challenged, () => CLAIMED)
    await world.chain.pass(31)
    await court.finish(deal, result)
  })

  it('behavior: a seed that was missed is asked for anew, and a round that cannot be drawn is dropped', async () => {
    const { deal, id, result } = await world.challenged()
    const court = courtOf(world.creator)
    await refuses(court.rearm(id), 'SeedNotMissed')
    for (let rearms = 1; rearms <= 3; rearms++) {
      await world.chain.control.mine({ blocks: 270 })
      assert.equal((await court.dispute(id))?.ticketStatus, 'missed')
      await refuses(court.draw(deal), 'SeedMissed')
      await twice(() => court.rearm(id))
      assert.equal((await court.dispute(id))?.rearms, rearms)
    }
    await world.chain.control.mine({ blocks: 270 })
    await refuses(court.rearm(id), 'TooManyRearms')
    await twice(() => court.tally(deal))
    const dropped = await court.dispute(id)
    assert.deepEqual([dropped?.phase, dropped?.providerWrong, dropped?.deadlineSec], ['judged', false, 0])
    await refuses(court.appeal(deal), 'LastRound')
    await court.finish(deal, result)
  })

  it('behavior: a transaction that was under way when the node ended is waited for, not sent again', async () => {
    const { seatStake } = await courtOf(world.creator).settings()
    const party = await world.chain.party({ tokens: 2n * seatStake })
    await party.settlement.ensureFree(2n * seatStake)
    const { control } = world.chain
    const proxy = await rpcProxy(world.chain.url)
    const restarted = async (from: Party): Promise<[Court, () => Promise<void>]> => {
      const init = { ...world.chain.init, rpcUrls: [proxy.url] }
      const settlement = evmSettlement(init)({ account: from.account, journal: from.journal.copy() })
      await settlement.start()
      return [courtOf({ ...from, settlement }), () => settlement.stop()]
    }
    await control.setAutomine(false)
    try {
      // not of js: it would be drawn for the disputes of other tests
      const lost = courtOf(party).takeSeat(CAPABILITY.wasm)
      const rejected = assert.rejects(lost, { name: 'SettlementStoppedError' })
      const sent = connect(world.chain.init)
      const { address } = party.account
      const count = (blockTag: 'latest' | 'pending') => sent.getTransactionCount({ address, blockTag })
      while ((await count('pending')) === (await count('latest'))) {}
      await party.settlement.stop()
      await rejected
      const [court, stop] = await restarted(party)
      // the call looks how far the chain is before it looks for an earlier one: what is mined later was under way
      const looked = proxy.next('eth_blockNumber')
      const again = court.takeSeat(CAPABILITY.wasm)
      await looked
      for (let i = 0; i < 2; i++) await proxy.next('eth_getTransactionReceipt')
      await control.mine({ blocks: 1 })
      const { seat } = await again
      await control.setAutomine(true)
      const mine = (await court.seats()).filter(s => s.owner === party.settlement.account)
      assert.deepEqual(
        mine.map(({ index }) => index),
        [seat]
      )
      // what is asked for after that is another seat
      assert.notEqual((await court.takeSeat(CAPABILITY.wasm)).seat, seat)
      await stop()
    } finally {
      await control.setAutomine(true)
      await proxy.stop()
    }
  })

  it('behavior: an answer that is lost is no reason to vote twice', async () => {
    const challenged = await world.challenged()
    await world.drawn(challenged)
    const [first] = await world.round(challenged.id)
    assert.ok(first !== undefined)
    const proxy = await rpcProxy(world.chain.url)
    const { account, journal } = first.party
    const settlement = evmSettlement({ ...world.chain.init, rpcUrls: [proxy.url] })({
      account,
      journal: journal.copy()
    })
    try {
      await settlement.start()
      proxy.fate = method => (method === 'eth_sendRawTransaction' ? 'lose-answer' : 'pass')
      const { vote } = voteOf(first.member, challenged.id)
      await courtOf({ ...first.party, settlement }).commit(challenged.id, first.member.index, vote)
      assert.equal((await courtOf(world.creator).dispute(challenged.id))?.committed, 1)
    } finally {
      await settlement.stop()
      await proxy.stop()
    }
  })
})
