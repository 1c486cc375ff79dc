import assert from 'node:assert/strict'
import { shorten, type Vote, voteHash } from '../../../../protocols/mediation/vote.ts'

const word = (byte: string): `0x${string}` => `0x${byte.repeat(32)}`
const vote: Vote = { deal: word('11'), round: 1, seat: 7, digest: word('22'), orTimeout: false, salt: word('33') }

/** The contract gives the same: test/unit/node/settlement/evm/court/reads.test.ts */
const VECTORS = [
  [vote, '0x0ca6d7229a630e25114c063eba7e2cd256e4dd3976b1670b0fdc3b01536ff28c'],
  [{ ...vote, orTimeout: true }, '0x417ff0e8d30469f59ae1528f869abdce8f4889e75a395b31448d9da1103d98a6'],
  [{ ...vote, round: 2, seat: 4_294_967_295 }, '0x498ba151166f31ae04ce92a2ef3caec91e22ba101f456348d88a62b4e99a00d8']
] as const

describe('mediation: votes', () => {
  for (const [given, expected] of VECTORS) {
    it(`default: round ${given.round}, seat ${given.seat}, orTimeout ${given.orTimeout}`, () => {
      assert.equal(voteHash(given), expected)
    })
  }

  it('default: what is committed is the first 26 bytes', () => {
    assert.equal(shorten(word('ab')), `0x${'ab'.repeat(26)}`)
  })

  it('behavior: every part counts', () => {
    const others: Partial<Vote>[] = [{ deal: word('12') }, { digest: word('23') }, { salt: word('34') }, { seat: 8 }]
    for (const other of others) assert.notEqual(voteHash({ ...vote, ...other }), voteHash(vote))
  })
})
