import assert from 'node:assert/strict'
import { CAPABILITY } from '../../../../../../protocols/mediation/types.ts'
import { type CourtWorld, courtOf, courtWorld } from '../../../../../helpers/court.ts'

describe('evm: court, seats', () => {
  let world: CourtWorld

  before(async () => {
    world = await courtWorld({ owners: 3 })
  })
  after(() => world.stop())

  it('default: taken, asked to leave, left, taken by somebody else; each call can be repeated', async () => {
    const [one, two] = world.seats
    assert.ok(one !== undefined && two !== undefined)
    const court = courtOf(one)
    const { seatStake, exitDelaySec } = await court.settings()
    await one.settlement.ensureFree(seatStake)
    const before = (await one.settlement.balances()).free
    const { seat } = await court.takeSeat(CAPABILITY.js | CAPABILITY.wasm)
    assert.equal((await one.settlement.balances()).free, before - seatStake)
    const taken = (await court.seats()).find(({ index }) => index === seat)
    assert.deepEqual(
      [taken?.owner, taken?.capabilities, taken?.stake, taken?.exitSec, taken?.risk],
      [one.settlement.account, 3, seatStake, undefined, 0n]
    )
    await assert.rejects(court.leaveSeat(seat), { contractError: 'WrongSeatState' })
    await assert.rejects(courtOf(two).askExit(seat), { contractError: 'NotSeatOwner' })
    await assert.rejects(court.askExit(99), { contractError: 'NotSeatOwner' })
    const asked = await court.askExit(seat)
    assert.equal((await court.askExit(seat)).transaction, asked.transaction)
    assert.ok((await court.seats()).find(({ index }) => index === seat)?.exitSec !== undefined)
    await assert.rejects(court.leaveSeat(seat), { contractError: 'TooEarly' })
    await world.chain.pass(exitDelaySec + 1)
    const left = await court.leaveSeat(seat)
    assert.equal((await court.leaveSeat(seat)).transaction, left.transaction)
    assert.equal((await one.settlement.balances()).free, before)
    assert.equal((await court.seats()).length, 3)
    await two.settlement.ensureFree(seatStake)
    assert.equal((await courtOf(two).takeSeat(CAPABILITY.js)).seat, seat)
    assert.equal((await court.leaveSeat(seat)).transaction, left.transaction)
  })

  it('default: several at once are several', async () => {
    const [one] = world.seats
    assert.ok(one !== undefined)
    const { seatStake } = await courtOf(one).settings()
    await one.settlement.ensureFree(2n * seatStake)
    const both = await Promise.all([courtOf(one).takeSeat(1), courtOf(one).takeSeat(1)])
    assert.notEqual(both[0].seat, both[1].seat)
  })

  it('error: without the stake', async () => {
    const poor = await world.chain.party({ tokens: 5n })
    await assert.rejects(courtOf(poor).takeSeat(1), { name: 'InsufficientBalanceError' })
  })

  it('error: a seat that sits in a dispute', async () => {
    const challenged = await world.challenged()
    await world.drawn(challenged)
    const [first] = await world.round(challenged.id)
    assert.ok(first !== undefined)
    const court = courtOf(first.party)
    await court.askExit(first.member.seat)
    await world.chain.pass(61)
    await assert.rejects(court.leaveSeat(first.member.seat), { contractError: 'SeatAtRisk' })
  })
})
