import assert from 'node:assert/strict'
import { errandOf, lookAgainMs, rankOf, staggerMs } from '../../../../protocols/mediation/errand.ts'
import type { Dispute, Member } from '../../../../protocols/mediation/types.ts'
import { account } from '../../../support/deal/builders.ts'
import { digestNo } from '../../../support/mediation/toy-case.ts'

const member = (n: number, round: number): Member => ({
  index: n,
  seat: n,
  owner: account(n),
  round,
  standing: 'revealed'
})
const dispute: Dispute = {
  ...{
    deal: digestNo(1),
    phase: 'voting',
    round: 1,
    rearms: 0,
    seeded: true,
    providerWrong: false,
    first: 3,
    seated: 7
  },
  ...{ committed: 0, revealed: 0, cursor: 10, seatCount: 30, challengedAtSec: 0, roundAtSec: 500, deadlineSec: 1_000 },
  members: [0, 1, 2].map(n => member(n, 0)).concat([3, 4, 5, 6, 7, 8, 9].map(n => member(n, 1)))
}
const at = (nowSec: number) => ({ nowSec, revealWindowSec: 60 })

describe('mediation/errand', () => {
  it('default: who knows the commitment opens it as soon as the votes are in, once, and in time', () => {
    assert.equal(errandOf(dispute, at(1_000), true), undefined)
    assert.equal(errandOf(dispute, at(1_001), true), 'revealCommitment')
    assert.equal(errandOf(dispute, at(1_001), false), undefined)
    assert.equal(errandOf({ ...dispute, digest: digestNo(2) }, at(1_001), true), undefined)
    assert.equal(errandOf(dispute, at(1_061), true), 'tally')
  })

  it('behavior: the parties first, then the members of the round, then those of earlier ones, no two at once', () => {
    const ranks = [
      rankOf(dispute, 'challenger', account(0xc)),
      rankOf(dispute, 'provider', account(0xd)),
      ...[3, 4, 5, 6, 7, 8, 9, 0, 1, 2].map(n => rankOf(dispute, 'member', account(n)))
    ]
    assert.deepEqual(
      ranks,
      ranks.toSorted((a, b) => a - b)
    )
    assert.equal(new Set(ranks).size, ranks.length)
  })

  it('behavior: even the last rank comes in time', () => {
    for (const revealWindowSec of [30, 1_800, 7_200]) {
      const lastMs = rankOf(dispute, 'member', account(9)) * staggerMs(revealWindowSec)
      assert.ok(lastMs <= (revealWindowSec * 1000) / 2, `${revealWindowSec}`)
    }
  })

  it('behavior: looks again at the deadline, or before', () => {
    assert.equal(lookAgainMs(dispute, at(998)), 3_000)
    assert.equal(lookAgainMs(dispute, at(500)), 6_000)
    assert.equal(lookAgainMs({ ...dispute, deadlineSec: 0, phase: 'drawing' }, at(500)), 6_000)
  })
})
