import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Answer, majorityOf } from '../../../../protocols/board/majority.ts'

/** `a1` is agent a with digest 1. */
const said = (words: string): Answer[] =>
  words.split(' ').flatMap(([agent, digest]) => (agent && digest ? [{ agent, digest }] : []))

const CASES: [requests: number, answers: string, state: string, digest?: string][] = [
  [3, '', 'open'],
  [3, 'a1', 'open'],
  [3, 'a1 b1', 'decided', '1'],
  [3, 'a1 b2', 'open'],
  [3, 'a2 b1 c1', 'decided', '1'],
  [3, 'a1 b2 c3', 'undecided'],
  [3, 'a1 a1', 'open'],
  [3, 'a1 a1 a1', 'undecided'],
  [3, 'a1 a1 b1', 'decided', '1'],
  [3, 'a1 a2 b2', 'decided', '2'],
  [3, 'a1 a2 b3', 'undecided'],
  [5, 'a1 b1', 'open'],
  [5, 'a1 b2 c3 d4', 'undecided'],
  [5, 'a1 b1 c1', 'decided', '1'],
  [7, 'a1 b1 c1 d2 e2 f2', 'open'],
  [7, 'a1 b1 c1 d2 e2 f2 g2', 'decided', '2']
]

describe('board: a majority of agents', () => {
  for (const [requests, words, state, digest] of CASES) {
    it(`default: ${requests} requests, ${words === '' ? 'no answer' : words}`, () => {
      const answers = said(words)
      const majority = majorityOf(requests, requests - answers.length, answers)
      assert.equal(majority.state, state)
      if (majority.state === 'decided') assert.equal(majority.digest, digest)
    })
  }

  it('behavior: a request that ended without an answer brings none', () => {
    assert.equal(majorityOf(3, 1, said('a1')).state, 'open')
    assert.equal(majorityOf(3, 0, said('a1')).state, 'undecided')
  })

  it('behavior: the order of answers and later ones change no decision; fewer agents than a majority make none', () => {
    const answer = fc.record({ agent: fc.constantFrom(...'abcde'), digest: fc.constantFrom(...'12') })
    const question = fc.constantFrom(3, 5, 7).chain(requests =>
      fc.record({
        answers: fc.array(answer, { minLength: requests, maxLength: requests }),
        count: fc.nat(requests)
      })
    )
    fc.assert(
      fc.property(question, ({ answers, count }) => {
        const some = answers.slice(0, count)
        const early = majorityOf(answers.length, answers.length - count, some)
        const end = majorityOf(answers.length, 0, answers)
        assert.notEqual(end.state, 'open')
        if (early.state !== 'open') assert.equal(end.state, early.state)
        const back = majorityOf(answers.length, 0, answers.toReversed())
        assert.equal(end.state === 'decided' && end.digest, back.state === 'decided' && back.digest)
        if (end.state === 'decided') assert.ok(2 * end.agents.length > answers.length)
      })
    )
  })
})
