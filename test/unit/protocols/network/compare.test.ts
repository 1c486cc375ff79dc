import assert from 'node:assert/strict'
import { peerSigner } from '../../../../node/network/peer-signer.ts'
import { listsDigest } from '../../../../protocols/common/membership.ts'
import { checkNotOlder, differences, relationOf, withLists } from '../../../../protocols/network/compare.ts'
import { networkDocument, OWNER } from '../../../support/owner.ts'

const first = networkDocument()
const second = networkDocument({ revision: 2, roundMs: 500 })
const stranger = peerSigner(new Uint8Array(32).fill(1))

describe('comparison of network documents', () => {
  it('default: the higher revision is newer', () => {
    assert.deepEqual(
      [relationOf(first, second), relationOf(second, first), relationOf(first, first)],
      ['newer', 'older', 'same']
    )
  })

  it('behavior: of two documents of one revision every node takes the same', () => {
    const [a, b] = [networkDocument({ roundMs: 251 }), networkDocument({ roundMs: 252 })]
    assert.deepEqual(new Set([relationOf(a, b), relationOf(b, a)]), new Set(['newer', 'older']))
  })

  it('behavior: with its lists a document is newer than with their digest alone', () => {
    const brief = { ...first, membership: { policy: 'open' as const, digest: listsDigest(first.membership) } }
    assert.deepEqual([relationOf(brief, first), relationOf(first, brief)], ['newer', 'same'])
  })

  it('behavior: a newer document without lists takes none from anybody', () => {
    const lists = { policy: 'listed' as const, members: [], revoked: [stranger.key] }
    const known = networkDocument({ membership: lists })
    const brief = (document: typeof known) => ({
      ...document,
      membership: { policy: document.membership.policy, digest: listsDigest(document.membership) }
    })
    const [same, other] = [
      networkDocument({ revision: 2, membership: lists }),
      networkDocument({ revision: 2, membership: { ...lists, revoked: [] } })
    ]
    assert.deepEqual(withLists(known, brief(same)), same)
    assert.equal(withLists(known, brief(other)), known)
    assert.equal(withLists(known, other), other)
    assert.deepEqual(withLists(brief(known), brief(other)), brief(other))
  })

  it('default: what differs is told field by field; a secret is not shown', () => {
    assert.deepEqual(differences(first, networkDocument({ roundMs: 300, bootstrap: [ADDR] })), [
      { field: 'bootstrap', was: 'nothing', is: ADDR },
      { field: 'roundMs', was: '250', is: '300' },
      { field: 'signature', ...signatures(networkDocument({ roundMs: 300, bootstrap: [ADDR] })) }
    ])
    const other = networkDocument({ secret: new Uint8Array(32).fill(1) })
    const secret = differences(first, other).find(d => d.field === 'secret')
    assert.deepEqual(secret, { field: 'secret', was: 'a secret', is: 'a secret' })
  })

  it('error: a lower revision', () => {
    checkNotOlder(first, second)
    checkNotOlder(first, first)
    assert.throws(() => checkNotOlder(second, first), {
      name: 'OlderNetworkError',
      field: 'revision',
      value: 1,
      message: /roundMs was 500, is 250/
    })
  })

  it('error: another owner, another secret, another name', () => {
    const others = [
      networkDocument({ owner: stranger.key, revision: 9 }, stranger),
      networkDocument({ secret: new Uint8Array(32).fill(1), revision: 9 }),
      networkDocument({ name: 'lob', revision: 9 })
    ]
    for (const [i, told] of ['owner was', 'secret differs', 'name was'].entries()) {
      const other = others[i] ?? first
      assert.throws(() => relationOf(first, other), {
        name: 'OtherNetworkError',
        message: new RegExp(`; ${told}`)
      })
    }
    assert.equal(first.owner, OWNER.key)
  })
})

const ADDR = '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
const signatures = (is: { signature: string }) => ({
  was: `${first.signature.slice(0, 120)}…`,
  is: `${is.signature.slice(0, 120)}…`
})
