import assert from 'node:assert/strict'
import { MAX_SIGNED_REFUSALS } from '../../../../protocols/deal/creator-types.ts'
import { word } from '../../../support/deal/builders.ts'
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

  it('behavior: only the newest are kept as signed', () => {
    const before = creatorIn('proposing')
    const refusals = Array.from({ length: 30 }, (_, n) => ({
      provider: before.attempt?.candidate.account ?? '0x',
      reason: 'no-room',
      detail: 'full',
      atMs: n,
      offer: 'refused',
      times: n + 1,
      signed: signed(n)
    }))
    const { state } = stepC({ ...before, refusals }, { ...CREATOR_EVENTS.refused, signed: signed(99) })
    assert.equal(state.refusals.length, 31)
    const kept = state.refusals.flatMap(r => r.signed?.body[0] ?? [])
    assert.deepEqual(kept, [...Array.from({ length: MAX_SIGNED_REFUSALS - 1 }, (_, i) => i + 15), 99])
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
