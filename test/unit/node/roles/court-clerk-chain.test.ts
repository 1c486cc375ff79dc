import assert from 'node:assert/strict'
import { CourtClerk } from '../../../../node/roles/court-clerk.ts'
import type { Hex } from '../../../../protocols/common/values.ts'
import type { Member } from '../../../../protocols/mediation/types.ts'
import { shorten, voteHash } from '../../../../protocols/mediation/vote.ts'
import { CLAIMED, type CourtWorld, courtOf, courtWorld, OTHER, SALT } from '../../../helpers/court.ts'
import type { Party } from '../../../helpers/evm.ts'
import { until } from '../../../support/hosts.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

describe('roles/court-clerk on a chain', function () {
  this.timeout(60_000)
  let world: CourtWorld
  let clerks: CourtClerk[]

  before(async () => {
    world = await courtWorld()
  })
  after(() => world.stop())
  beforeEach(() => {
    clerks = []
  })
  afterEach(() => Promise.all(clerks.map(clerk => clerk.stop())))

  function clerk({ settlement, journal }: Party): CourtClerk {
    const made = new CourtClerk({ settlement, journal, clock: { nowMs: () => Date.now() }, log: QUIET })
    clerks.push(made)
    made.start()
    return made
  }

  for (const { title, digest, commitment, wrong } of [
    { title: 'the provider is right', digest: CLAIMED, commitment: true, wrong: false },
    { title: 'the provider is wrong', digest: OTHER, commitment: true, wrong: true },
    { title: 'the provider opens nothing', digest: CLAIMED, commitment: false, wrong: true }
  ]) {
    it(`behavior: from the challenge to the end, ${title}`, async () => {
      const { chain, creator, provider, round } = world
      const { id, deal, result } = await world.challenged()
      const court = courtOf(creator)
      const [ofCreator, ofProvider] = [clerk(creator), clerk(provider)]
      ofCreator.watch({ deal, result, interest: 'challenger' })
      const known = commitment ? { commitment: { digest: CLAIMED, salt: SALT } } : {}
      ofProvider.watch({ deal, result, interest: 'provider', ...known })
      const reach = (phase: string | undefined) =>
        until(async () => {
          for (const made of clerks) made.nudge(id)
          return (await court.dispute(id))?.phase === phase
        })

      await chain.control.mine({ blocks: 5 })
      await reach('voting')
      for (const { member, party } of await round(id)) await vote(party, id, member, digest)
      for (const { member, party } of await round(id)) {
        await courtOf(party).reveal(id, member.index, { digest, orTimeout: false, salt: SALT })
      }
      if (!commitment) await chain.pass(31)
      await reach('judged')
      await chain.pass(31)
      await reach(undefined)
      await until(() => clerks.every(made => made.watching.length === 0))
      const end = (await court.history(id)).findLast(event => event.kind === 'finished')
      assert.equal(end?.kind === 'finished' && end.providerWrong, wrong)
    })
  }
})

async function vote(party: Party, deal: Hex, { round, seat, index }: Member, digest: Hex): Promise<void> {
  await courtOf(party).commit(
    deal,
    index,
    shorten(voteHash({ deal, round, seat, digest, orTimeout: false, salt: SALT }))
  )
}
