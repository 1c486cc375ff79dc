import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { toHex } from '../../../../../protocols/common/values.ts'
import { fingerprint, fingerprintOf, prefixSums } from '../../../../../protocols/offers/sync/fingerprint.ts'
import { digestOf } from '../../../../support/market/make.ts'
import { check } from '../../../../support/market/property.ts'

const nonce = digestOf('nonce')
const id = fc.uint8Array({ minLength: 32, maxLength: 32 })
const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()

/** The rule of docs/offers.md once more, on plain numbers. */
function reference(key: Uint8Array, ids: readonly Uint8Array[]): string {
  const sum = ids.reduce((total, i) => total + BigInt(`0x${sha(key, i).toString('hex')}`), 0n) % 2n ** 256n
  const tail = Buffer.alloc(40)
  for (let at = 31, left = sum; at >= 0; at--, left >>= 8n) tail[at] = Number(left & 255n)
  tail.writeBigUInt64BE(BigInt(ids.length), 32)
  return sha(key, tail).subarray(0, 16).toString('hex')
}

describe('fingerprint', () => {
  it('property: is what the rule says, in any order', () => {
    check(
      fc.property(fc.array(id, { maxLength: 20 }), id, (ids, key) => {
        assert.equal(toHex(fingerprint(key, ids)), `0x${reference(key, ids)}`)
        assert.deepEqual(fingerprint(key, [...ids].reverse()), fingerprint(key, ids))
      })
    )
  })

  it('property: a difference of sums is the fingerprint of the part between', () => {
    check(
      fc.property(fc.array(id, { minLength: 1, maxLength: 20 }), fc.nat(19), fc.nat(19), (ids, a, b) => {
        const [from, to] = [Math.min(a, b, ids.length), Math.min(Math.max(a, b), ids.length)]
        const sums = prefixSums(nonce, ids)
        const part = fingerprintOf(nonce, (sums[to] ?? 0n) - (sums[from] ?? 0n), to - from)
        assert.deepEqual(part, fingerprint(nonce, ids.slice(from, to)))
      })
    )
  })

  it('behavior: another nonce, another count or another id changes it', () => {
    const ids = [digestOf('a'), digestOf('b')]
    const all = [
      fingerprint(nonce, ids),
      fingerprint(digestOf('other'), ids),
      fingerprint(nonce, ids.slice(1)),
      fingerprint(nonce, [digestOf('a'), digestOf('c')]),
      fingerprint(nonce, [])
    ]
    assert.equal(new Set(all.map(toHex)).size, all.length)
  })
})
