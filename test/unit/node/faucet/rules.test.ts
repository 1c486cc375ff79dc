import assert from 'node:assert/strict'
import { CHALLENGE_MS, checkWork, makeChallenge, sha256Text } from '../../../../node/faucet/challenge.ts'
import { clientNet } from '../../../../node/faucet/client-ip.ts'
import { limitReached } from '../../../../node/faucet/limits.ts'
import type { Address } from '../../../../protocols/common/values.ts'
import { findAnswer } from '../../../../protocols/faucet/work.ts'

const ME: Address = `0x${'11'.repeat(20)}`
const OTHER: Address = `0x${'22'.repeat(20)}`
const NOW = Date.UTC(2030, 0, 1, 12)

describe('faucet: limits', () => {
  const limits = { perIp: 2, perDay: 5 }
  const field = (ofIp: number, ofDay: number) => limitReached({ ofIp, ofDay }, limits, NOW)?.field

  it('default: up to the limit, and the day before the address', () => {
    assert.deepEqual(
      [field(0, 0), field(1, 4), field(2, 4), field(0, 5), field(2, 5)],
      [undefined, undefined, 'ip', 'day', 'day']
    )
  })

  it('behavior: says when the next day begins', () => {
    const midnight = Date.UTC(2030, 0, 2)
    assert.equal(limitReached({ ofIp: 2, ofDay: 2 }, limits, NOW)?.atMs, midnight)
    assert.equal(limitReached({ ofIp: 2, ofDay: 2 }, limits, midnight)?.atMs, midnight + 86_400_000)
  })
})

describe('faucet: who asks', () => {
  const header = (value: string | undefined) => ({ name: 'x-forwarded-for', value })

  for (const [remote, net] of [
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['64:ff9b::10.1.2.3', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64']
  ] as const) {
    it(`default: ${remote} counts as ${net}`, () => assert.equal(clientNet(remote), net))
  }

  it("behavior: of a proxy's header the last entry counts, which the client cannot write", () => {
    assert.equal(clientNet('127.0.0.1', header('1.1.1.1, 9.9.9.9')), '9.9.9.9')
    assert.equal(clientNet('127.0.0.1', header('[2001:db8::1]')), '2001:db8:0:0::/64')
  })

  it('error: a proxy that says nothing, or no address', () => {
    for (const value of [undefined, '', 'unknown', '1.2.3', '1.1.1.1,', '1.2.3.4:80', 'a'.repeat(5000)]) {
      assert.throws(() => clientNet('127.0.0.1', header(value)), { name: 'InvalidInputError' })
    }
  })
})

describe('faucet: challenges', () => {
  const secret = new Uint8Array(32).fill(3)
  const BITS = 6
  const solved = (account = ME, bits = BITS, nowMs = NOW) => {
    const { challenge } = makeChallenge(secret, account, bits, nowMs)
    return { account, challenge, answer: findAnswer(challenge, bits, sha256Text, { from: 0, count: 10_000 }) ?? '' }
  }
  const refuses = (given: ReturnType<typeof solved>, field: string, bits = BITS, nowMs = NOW, key = secret) =>
    assert.throws(() => checkWork(key, given, bits, nowMs), { name: 'FaucetWorkError', field })

  it('default: holds until its time is over, for its account', () => {
    const { mark, until } = checkWork(secret, solved(), BITS, NOW + CHALLENGE_MS)
    assert.equal(until, NOW + CHALLENGE_MS)
    assert.match(mark, /^[\w-]{43}$/)
    refuses(solved(), 'challenge', BITS, NOW + CHALLENGE_MS + 1)
    refuses({ ...solved(), account: OTHER }, 'challenge')
  })

  it('error: made by another node, changed, too easy, or answered wrongly', () => {
    refuses(solved(), 'challenge', BITS, NOW, new Uint8Array(32))
    const given = solved()
    refuses({ ...given, challenge: given.challenge.replace(/^\d+/, String(NOW * 2)) }, 'challenge')
    refuses({ ...given, challenge: given.challenge.replace(`.${BITS}.`, '.0.') }, 'challenge')
    refuses(solved(ME, BITS - 1), 'challenge')
    refuses({ ...given, answer: 'none' }, 'answer')
    for (const challenge of ['', '.', '1.2.3', `${given.challenge} `, `${given.challenge}é`]) {
      refuses({ ...given, challenge }, 'challenge')
    }
  })

  it('behavior: a harder one than asked for now holds', () => {
    assert.ok(checkWork(secret, solved(ME, BITS + 2), BITS, NOW).mark)
  })
})
