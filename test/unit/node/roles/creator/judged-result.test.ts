import assert from 'node:assert/strict'
import { agreedDigest, fetchJudged } from '../../../../../node/roles/creator/judged-result.ts'
import type { Court, CourtEvent } from '../../../../../node/settlement/court.ts'
import type { Storage } from '../../../../../node/storage/storage.ts'
import { encode } from '../../../../../protocols/common/cbor.ts'
import { account, word } from '../../../../support/deal/builders.ts'

const place = { deal: word(1), transaction: word(9), blockNumber: 1n }
let members = 0
/** The votes of a round, 0 for none. */
const round = (number: number, ...digests: number[]): CourtEvent[] =>
  digests.flatMap(digest => {
    const member = members++
    const drawn = { ...place, kind: 'drawn', owner: account(member), round: number, member, seat: member } as const
    if (digest === 0) return [drawn]
    return [drawn, { ...place, kind: 'revealed', member, digest: word(digest), orTimeout: false } as const]
  })

describe('roles/creator/judged-result', () => {
  const CASES: [string, CourtEvent[], number | undefined][] = [
    ['two of three', round(0, 1, 2, 1), 1],
    ['nobody agrees', round(0, 1, 2, 3), undefined],
    ['one that voted alone', round(0, 1, 0, 0), undefined],
    ['the latest round counts', [...round(0, 1, 1, 1), ...round(1, 2, 2, 2, 2, 1, 1, 0)], 2],
    [
      'a round that agreed on nothing leaves the one before',
      [...round(0, 1, 1, 2), ...round(1, 2, 2, 2, 1, 1, 1, 0)],
      1
    ],
    ['no votes', [], undefined]
  ]
  for (const [what, history, expected] of CASES) {
    it(`behavior: ${what}`, () => {
      assert.equal(agreedDigest(history), expected === undefined ? undefined : word(expected))
    })
  }

  const bring = (block: Uint8Array, history = round(0, 1, 1, 1)) => {
    const court = { history: async () => history } as Partial<Court> as Court
    const storage = { getBlock: async () => block } as Partial<Storage> as Storage
    const where = { deal: word(1), owner: 'job', root: '/nowhere' }
    return fetchJudged({ court, storage, sources: [], maxBytes: 1 }, where)
  }
  it('error: judges that agreed on nothing, or on a run that brought nothing', async () => {
    await assert.rejects(bring(encode({}), round(0, 1, 2, 3)), { name: 'NoJudgedResultError' })
    await assert.rejects(bring(encode({ outcome: 'timeout' })), { name: 'NoJudgedResultError' })
  })
  it('error: a block that is no judged result', async () => {
    await assert.rejects(bring(encode({ stdout: 'text' })), { name: 'InvalidInputError' })
    await assert.rejects(bring(encode({ more: 'x'.repeat(2_000) })), { name: 'TooLargeError' })
  })
})
