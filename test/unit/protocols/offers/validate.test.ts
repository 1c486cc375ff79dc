import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encodeFact, makeFact } from '../../../../protocols/offers/fact.ts'
import { RateLimiter, take } from '../../../../protocols/offers/rate-limit.ts'
import { roundsFrom } from '../../../../protocols/offers/round.ts'
import { VERDICTS, validateFact } from '../../../../protocols/offers/validate.ts'
import * as make from '../../../support/market/make.ts'
import { checkAsync } from '../../../support/market/property.ts'

const who = make.identity()
const { ROUND } = make
const SECOND = 1000 / make.ROUND_MS

describe('validateFact', () => {
  it('default: accepts a good fact', async () => {
    const fact = await make.resourceFact(who)
    const verdict = await validateFact(encodeFact(fact), make.context)
    assert.ok(verdict.verdict === 'accept' && verdict.fact.id.equals(fact.id))
  })

  const rounds = [
    ['over', { fromRound: ROUND - 10, untilRound: ROUND - 1 }],
    ['too far ahead', { fromRound: ROUND + 10 * SECOND + 1, untilRound: ROUND + 20 * SECOND }],
    ['longer than an hour', { fromRound: ROUND, untilRound: ROUND + 3600 * SECOND + 1 }],
    ['ending before it starts', { fromRound: ROUND + 2, untilRound: ROUND + 1 }]
  ] as const
  for (const [what, changes] of rounds) {
    it(`behavior: ignores what is ${what}`, async () => {
      const verdict = await validateFact(encodeFact(await make.resourceFact(who, changes)), make.context)
      assert.ok(verdict.verdict === 'ignore' && verdict.reason === 'FactTimeError')
    })
  }

  it('behavior: accepts a clock ten seconds ahead and a span of exactly an hour', async () => {
    for (const changes of [
      { fromRound: ROUND + 10 * SECOND, untilRound: ROUND + 20 * SECOND },
      roundsFrom(make.NOW_MS, 3_600_000, make.ROUND_MS)
    ]) {
      const verdict = await validateFact(encodeFact(await make.resourceFact(who, changes)), make.context)
      assert.equal(verdict.verdict, 'accept')
    }
  })

  const rejects = [
    ['TooLargeError', async () => new Uint8Array(5000)],
    ['NonCanonicalError', async () => new Uint8Array([0x18, 1])],
    ['InvalidInputError', async () => new Uint8Array([1])],
    ['WrongNetworkError', async () => encodeFact(await make.resourceFact(who, { network: 'other' }))],
    ['BindMismatchError', async () => encodeFact(await make.resourceFact(who, { account: make.accountOf(2) }))],
    [
      'BadSignatureError',
      async () => encodeFact(await makeFact(make.resourceOffer(), who.bind, () => new Uint8Array(64)))
    ]
  ] as const
  for (const [reason, bytes] of rejects) {
    it(`error: rejects ${reason}`, async () => {
      const verdict = await validateFact(await bytes(), make.context)
      assert.ok(verdict.verdict === 'reject' && verdict.reason === reason)
    })
  }

  it('behavior: what is wrong for good is rejected even when its time is wrong too', async () => {
    const fact = await makeFact(make.resourceOffer({ untilRound: 0, fromRound: 0 }), who.bind, () => new Uint8Array(64))
    assert.equal((await validateFact(encodeFact(fact), make.context)).verdict, 'reject')
  })

  it('behavior: ignores accounts that are not admitted or too fast, and a check that fails', async () => {
    const bytes = encodeFact(await make.resourceFact(who))
    const verdicts = await Promise.all([
      validateFact(bytes, { ...make.context, admits: () => false }),
      validateFact(bytes, { ...make.context, withinRate: () => false }),
      validateFact(bytes, { ...make.context, verifyBind: () => Promise.reject(new Error('chain node down')) })
    ])
    assert.deepEqual(
      verdicts.map(v => (v.verdict === 'accept' ? '' : `${v.verdict} ${v.reason}`)),
      ['ignore NotAdmitted', 'ignore RateLimited', 'ignore CheckFailed']
    )
  })

  it('behavior: a forged fact does not use up the account it names', async () => {
    let counted = 0
    const forged = await makeFact(make.resourceOffer({ account: who.account }), who.bind, make.identity(2).sign)
    await validateFact(encodeFact(forged), { ...make.context, withinRate: () => ++counted > 0 })
    assert.equal(counted, 0)
  })

  it('property: any bytes get a verdict', async () => {
    const bytes = encodeFact(await make.jobFact(who))
    const mutated = fc.tuple(fc.nat(bytes.byteLength - 1), fc.nat(255)).map(([at, value]) => bytes.with(at, value))
    await checkAsync(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), async input => {
        const verdict = await validateFact(input, make.context)
        if (verdict.verdict !== 'accept') assert.equal(VERDICTS[verdict.reason], verdict.verdict)
        else assert.deepEqual(encodeFact(verdict.fact), input)
      }),
      300
    )
  })
})

describe('rate limit', () => {
  const limit = { burst: 2, perSec: 1 }

  it('default: a burst, then one a second', () => {
    let bucket = take(undefined, 0, limit)
    const allowed = [bucket.allowed]
    for (const at of [0, 0, 999, 1000, 1001, 5000, 5000, 5000]) {
      bucket = take(bucket.bucket, at, limit)
      allowed.push(bucket.allowed)
    }
    assert.deepEqual(allowed, [true, true, false, false, true, false, true, true, false])
  })

  it('behavior: a clock that goes back gives nothing', () => {
    const { bucket } = take({ tokens: 0, atMs: 1000 }, 0, limit)
    assert.deepEqual(bucket, { tokens: 0, atMs: 1000 })
  })

  it('behavior: accounts have buckets of their own, the least recently used forgotten first', () => {
    const limiter = new RateLimiter({ burst: 1, perSec: 0 }, 2)
    assert.deepEqual(
      ['a', 'a', 'b', 'a', 'c', 'b', 'c'].map(account => limiter.allow(account, 0)),
      [true, false, true, false, true, true, false]
    )
  })
})
