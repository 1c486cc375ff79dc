import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sha256 } from '../../../../protocols/common/hash.ts'
import { compareBytes, toHex } from '../../../../protocols/common/values.ts'
import { MerkleTree, verifyInclusion } from '../../../../protocols/offers/merkle.ts'
import { digestOf } from '../../../support/market/make.ts'
import { check } from '../../../support/market/property.ts'

type Leaf = Uint8Array
const leaves = (count: number) => Array.from({ length: count }, (_, i) => digestOf(`leaf ${i}`))
const rootOf = (ids: readonly Uint8Array[]) => toHex(new MerkleTree(ids).root)

/** The definition of RFC 6962 §2.1, word for word. */
function plainRoot(sorted: readonly Uint8Array[]): Uint8Array {
  const [first] = sorted
  if (first === undefined) return sha256(new Uint8Array(0))
  if (sorted.length === 1) return sha256(new Uint8Array([0]), first)
  const left = 2 ** Math.ceil(Math.log2(sorted.length) - 1)
  return sha256(new Uint8Array([1]), plainRoot(sorted.slice(0, left)), plainRoot(sorted.slice(left)))
}

describe('merkle', () => {
  it('default: the tree of RFC 6962 over sorted ids', () => {
    const ids = [1, 2, 3, 4, 5].map(n => new Uint8Array(32).fill(n))
    const [a, b, c, d, e] = ids.map(id => sha256(new Uint8Array([0]), id)) as [Leaf, Leaf, Leaf, Leaf, Leaf]
    const node = (left: Leaf, right: Leaf): Leaf => sha256(new Uint8Array([1]), left, right)
    assert.equal(rootOf(ids.slice(0, 2)), toHex(node(a, b)))
    assert.equal(rootOf(ids.slice(0, 3)), toHex(node(node(a, b), c)))
    assert.equal(rootOf([...ids].reverse()), toHex(node(node(node(a, b), node(c, d)), e)))
  })

  it('default: every id of every small tree has a proof, and it fits no other id, place, size or root', () => {
    for (let count = 1; count <= 20; count++) {
      const ids = leaves(count)
      const root = rootOf(ids)
      for (const id of ids) {
        const proof = new MerkleTree(ids).proof(id)
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

  it('property: a tree made from another has the root that the definition gives, and its proofs hold', () => {
    const some = fc.uniqueArray(fc.nat(40), { maxLength: 40 }).map(list => list.map(n => digestOf(`leaf ${n}`)))
    check(
      fc.property(some, some, some, (a, b, c) => {
        let tree: MerkleTree | undefined
        for (const ids of [a, b, [...b, digestOf('one more')], b.slice(1), c, []]) {
          tree = new MerkleTree(ids, tree)
          const root = toHex(tree.root)
          assert.equal(root, toHex(plainRoot([...ids].sort(compareBytes))))
          for (const id of ids.slice(0, 3)) assert.ok(verifyInclusion(root, ids.length, id, tree.proof(id)))
        }
      }),
      300
    )
  })

  it('error: an id that is not in the tree has no proof', () => {
    assert.throws(() => new MerkleTree(leaves(3)).proof(digestOf('another')), { name: 'InvalidInputError' })
  })

  it('property: no proof made of arbitrary numbers and hashes holds, and none throws', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const proof = fc.record({ index: fc.maxSafeNat(), path: fc.array(hash, { maxLength: 40 }) })
    const ids = leaves(9)
    check(fc.property(fc.maxSafeNat(), proof, (count, p) => !verifyInclusion(rootOf(ids), count, digestOf('no'), p)))
  })
})
