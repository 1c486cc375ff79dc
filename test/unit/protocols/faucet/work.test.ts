import assert from 'node:assert/strict'
import { sha256 as noble } from '@noble/hashes/sha2.js'
import { sha256Text } from '../../../../node/faucet/challenge.ts'
import { findAnswer, workHolds } from '../../../../protocols/faucet/work.ts'

/** Found once, for second implementations: challenge, bits, the first answer. */
const VECTORS: [challenge: string, bits: number, answer: string][] = [
  ['a', 0, '0'],
  ['a', 8, '63'],
  ['dcn', 12, '5517']
]
const inBrowser = (text: string) => noble(new TextEncoder().encode(text))

describe('faucet: work', () => {
  for (const [challenge, bits, answer] of VECTORS) {
    it(`default: ${bits} bits for ${challenge}`, () => {
      for (const sha256 of [sha256Text, inBrowser]) {
        assert.equal(findAnswer(challenge, bits, sha256, { from: 0, count: 100_000 }), answer)
        assert.ok(workHolds(challenge, answer, bits, sha256))
      }
    })
  }

  it('behavior: batches find what one run finds; none is found where none is', () => {
    const [, bits, answer] = VECTORS[2] ?? ['', 0, '']
    const before = Number(answer)
    assert.equal(findAnswer('dcn', bits, sha256Text, { from: 0, count: before }), undefined)
    assert.equal(findAnswer('dcn', bits, sha256Text, { from: before, count: 1 }), answer)
  })

  it('error: fewer bits, another challenge, and texts that are no counter', () => {
    const [challenge, bits, answer] = VECTORS[2] ?? ['', 0, '']
    assert.ok(!workHolds(challenge, answer, 40, sha256Text))
    assert.ok(!workHolds('dcm', answer, bits, sha256Text))
    for (const text of ['', '-1', '01', ' 1', '1e3', '9'.repeat(16), '1\n', '٣']) {
      assert.ok(!workHolds(challenge, text, 0, sha256Text), text)
    }
  })
})
