import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toHex } from '../../../../protocols/common/values.ts'
import { inclusionProof, merkleRoot, verifyInclusion } from '../../../../protocols/offers/merkle.ts'
import { digestOf } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

const leaves = (count: number) => Array.from({ length: count }, (_, i) => digestOf(`leaf ${i}`))
const rootOf = (ids: readonly Uint8Array[]) => toHex(merkleRoot(ids))

describe('merkle', () => {
  it('default: every id of every small tree has a proof, and it fits no other id, place, size or root', () => {
    for (let count = 1; count <= 20; count++) {
      const ids = leaves(count)
      const root = rootOf(ids)
      for (const id of ids) {
        const proof = inclusionProof(ids, id)
        assert.ok(proof.path.length <= Math.ceil(Math.log2(count)))
        assert.ok(verifyInclusion(root, count, id, proof))
        assert.ok(!verifyInclusion(root, count, digestOf('another'), proof))
        assert.ok(!verifyInclusion(rootOf([...ids, digestOf('more')]), count, id, proof))
        assert.ok(!verifyInclusion(root, count, id, { ...proof, index: count }))
        assert.ok(!verifyInclusion(root, count, id, { ...proof, path: [...proof.path, digestOf('x')] }))
        if (count > 1) assert.ok(!verifyInclusion(root, count, id, { ...proof, path: proof.path.slice(1) }))
        if (count > 1) assert.ok(!verifyInclusion(root, count, id, { ...proof, index: (proof.index + 1) % count }))
      }
    }
  })

  it('error: an id that is not in the tree has no proof', () => {
    assert.throws(() => inclusionProof(leaves(3), digestOf('another')), { name: 'InvalidInputError' })
  })

  it('property: no proof made of arbitrary numbers and hashes holds, and none throws', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const proof = fc.record({ index: fc.maxSafeNat(), path: fc.array(hash, { maxLength: 40 }) })
    const ids = leaves(9)
    check(fc.property(fc.maxSafeNat(), proof, (count, p) => !verifyInclusion(rootOf(ids), count, digestOf('no'), p)))
  })
})
