import assert from 'node:assert/strict'
import { connect } from '../../../../../../node/settlement/evm/client.ts'
import { findCourt } from '../../../../../../node/settlement/evm/court-reads.ts'
import { courtAbi } from '../../../../../../node/settlement/evm/generated/court.ts'
import { evmSettlement } from '../../../../../../node/settlement/evm/index.ts'
import { hashDeal } from '../../../../../../node/settlement/typed-data.ts'
import { voteHash } from '../../../../../../protocols/mediation/vote.ts'
import { type CourtWorld, courtOf, courtWorld, word } from '../../../../../helpers/court.ts'
import { memoryStore } from '../../../../../helpers/memory-store.ts'

describe('evm: court, reads', () => {
  let world: CourtWorld

  before(async () => {
    world = await courtWorld({ owners: 3 })
  })
  after(() => world.stop())

  it('default: the contract gives a vote the same hash', async () => {
    const client = connect(world.chain.init)
    const base = { deal: word('11'), round: 1, seat: 7, digest: word('22'), orTimeout: false, salt: word('33') }
    for (const vote of [base, { ...base, orTimeout: true }, { ...base, round: 2, seat: 4_294_967_295 }]) {
      const { deal, round, seat, digest, orTimeout, salt } = vote
      const theirs = await client.readContract({
        address: world.chain.court,
        abi: courtAbi,
        functionName: 'voteHash',
        args: [deal, BigInt(round), BigInt(seat), digest, orTimeout, salt]
      })
      assert.equal(voteHash(vote), theirs)
    }
  })

  it('default: the settings of the deployment', async () => {
    const { minWindowSec, ...settings } = world.chain.settings
    assert.deepEqual(await courtOf(world.creator).settings(), settings)
    assert.equal(minWindowSec, 1)
  })

  it('default: a dispute before its seed, and none at all', async () => {
    const { id } = await world.challenged()
    const dispute = await courtOf(world.provider).dispute(id)
    assert.ok(dispute !== undefined)
    const { ticket, challengedAtSec, roundAtSec, ...rest } = dispute
    assert.equal(typeof ticket, 'bigint')
    assert.equal(challengedAtSec, roundAtSec)
    assert.deepEqual(rest, {
      ...{ deal: id, phase: 'drawing', round: 0, rearms: 0, seeded: false, providerWrong: false, first: 0 },
      ...{ seated: 0, committed: 0, revealed: 0, cursor: 0, seatCount: 3, ticketStatus: 'pending' },
      ...{ deadlineSec: 0, members: [] }
    })
    assert.equal(await courtOf(world.provider).dispute(word('77')), undefined)
  })

  it('default: the creator signs, somebody else brings the challenge', async () => {
    const { creator, provider, seats } = world
    const signed = await world.submitted()
    const creatorSignature = await creator.settlement.signChallenge(signed.result)
    const helper = courtOf(seats[0] ?? creator)
    await assert.rejects(
      helper.challenge(signed.deal, signed.result, {
        creatorSignature: await provider.settlement.signChallenge(signed.result)
      }),
      { name: 'BadSignatureError' }
    )
    await helper.challenge(signed.deal, signed.result, { creatorSignature })
    assert.equal((await provider.settlement.status(signed.deal)).phase, 'disputed')
    assert.equal(signed.id, hashDeal(signed.deal))
  })

  it('error: a court that the escrow does not name, or none', async () => {
    const startWith = async (changes: object) => {
      const { account } = world.creator
      const settlement = evmSettlement({ ...world.chain.init, ...changes })({ account, journal: memoryStore() })
      try {
        await settlement.start()
      } finally {
        await settlement.stop()
      }
    }
    await assert.rejects(startWith({ court: world.chain.token }), { name: 'WrongContractError', field: 'court' })
    await startWith({ court: world.chain.court })
    const client = connect(world.chain.init)
    assert.deepEqual(await findCourt(client, world.chain.escrow), {
      court: world.chain.court,
      randomness: world.chain.randomness
    })
  })
})
