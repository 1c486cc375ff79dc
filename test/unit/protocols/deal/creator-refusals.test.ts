import assert from 'node:assert/strict'
import type { Address } from '../../../../protocols/common/values.ts'
import { type CreatorState, MAX_SIGNED_REFUSALS } from '../../../../protocols/deal/creator-types.ts'
import { account, word } from '../../../support/deal/builders.ts'
import { CREATOR_EVENTS, creatorIn, stepC } from '../../../support/deal/machine-cases.ts'

const signed = (n: number) => ({ body: new Uint8Array([n]), signature: new Uint8Array(64) })

describe('deal/creator-machine: signed refusals', () => {
  it('default: a refusal is kept as signed, and the next proposal names the certificate that holds it', () => {
    const before = creatorIn('proposing')
    const certificate = new Uint8Array([9])
    const refused = { ...CREATOR_EVENTS.refused, signed: signed(1), certificate }
    const { state } = stepC(before, refused)
    assert.deepEqual(state.refusals.at(-1)?.signed, signed(1))
    assert.deepEqual(state.certificate, certificate)
    // one that came without a signature leaves it as it was
    assert.deepEqual(stepC(before, CREATOR_EVENTS.refused).state.certificate, before.certificate)
  })

  it('behavior: the last of each provider is kept as signed, of the newest providers', () => {
    const before = creatorIn('proposing')
    const note = (provider: Address, n: number) => ({
      ...{ provider, reason: 'no-room', detail: 'full', atMs: n, offer: 'refused', times: 1 },
      signed: signed(n)
    })
    const kept = (refusals: CreatorState['refusals']) => {
      const after = stepC({ ...before, refusals }, { ...CREATOR_EVENTS.refused, signed: signed(99), atMs: 99 })
      assert.equal(after.state.refusals.length, refusals.length + 1)
      return after.state.refusals.flatMap(r => r.signed?.body[0] ?? [])
    }
    const mine = before.attempt?.candidate.account ?? '0x'
    // one that rests since its first no, and one that was asked again and again
    assert.deepEqual(kept([note(account(50), 0), ...Array.from({ length: 30 }, (_, n) => note(mine, n + 1))]), [0, 99])
    const crowd = Array.from({ length: 30 }, (_, n) => note(account(50 + n), n))
    assert.deepEqual(kept(crowd), [...Array.from({ length: MAX_SIGNED_REFUSALS - 1 }, (_, i) => i + 15), 99])
  })

  it('behavior: a past deal remembers its certificate', () => {
    const before = creatorIn('agreed')
    const attempt = before.attempt
    assert.ok(attempt !== undefined)
    const deal = { ...attempt.deal, certificate: word(7) }
    const { state } = stepC({ ...before, attempt: { ...attempt, deal } }, CREATOR_EVENTS.neverOpened)
    assert.equal(state.past.at(-1)?.certificate, word(7))
  })
})
