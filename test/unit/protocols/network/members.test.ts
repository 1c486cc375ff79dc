import assert from 'node:assert/strict'
import { peerSigner } from '../../../../node/network/peer-signer.ts'
import { listsDigest, MAX_LISTED, type Membership } from '../../../../protocols/common/membership.ts'
import { peerText } from '../../../../protocols/common/peer-text.ts'
import type { Hex } from '../../../../protocols/common/values.ts'
import { changeMember, type MemberAction, revise } from '../../../../protocols/network/revise.ts'
import { gateOf, standingOf } from '../../../../protocols/network/standing.ts'
import { networkDocument, OWNER } from '../../../support/owner.ts'

const key = (n: number): Hex => peerSigner(new Uint8Array(32).fill(n)).key
const [a = '0x', b = '0x', c = '0x'] = [key(1), key(2), key(3)].sort()
const lists = (policy: 'open' | 'listed', members: Hex[], revoked: Hex[]): Membership => ({ policy, members, revoked })

describe('membership', () => {
  const cases: [what: string, before: Membership, action: MemberAction, peer: Hex, after: Membership | undefined][] = [
    ['listed: add', lists('listed', [b], []), 'add', a, lists('listed', [a, b], [])],
    ['listed: add again', lists('listed', [a], []), 'add', a, undefined],
    ['listed: add a revoked one', lists('listed', [], [a, b]), 'add', a, lists('listed', [a], [b])],
    ['listed: revoke a member', lists('listed', [a, b], [c]), 'revoke', b, lists('listed', [a], [b, c])],
    ['listed: remove a member', lists('listed', [a, b], []), 'remove', a, lists('listed', [b], [])],
    ['listed: remove a stranger', lists('listed', [a], []), 'remove', c, undefined],
    ['open: revoke', lists('open', [], [c]), 'revoke', a, lists('open', [], [a, c])],
    ['open: pardon', lists('open', [], [a]), 'add', a, lists('open', [], [])],
    ['open: remove from the revoked', lists('open', [], [a]), 'remove', a, lists('open', [], [])]
  ]
  for (const [what, before, action, peer, after] of cases) {
    it(`default: ${what}`, () =>
      assert.deepEqual(changeMember(networkDocument({ membership: before }), action, peer), after))
  }

  it('error: the owner; nobody to add in an open network; lists that are not here; a full list', () => {
    const full = Array.from({ length: MAX_LISTED }, (_, i) => `0x${i.toString(16).padStart(64, '0')}` as Hex)
    const open = networkDocument()
    for (const action of ['add', 'revoke', 'remove'] as const)
      assert.throws(() => changeMember(open, action, OWNER.key), { name: 'InvalidInputError', field: 'peer' })
    assert.throws(() => changeMember(open, 'add', a), { name: 'InvalidInputError', remedy: /dcn network invite/ })
    const brief = { ...open, membership: { policy: 'open' as const, digest: listsDigest(open.membership) } }
    assert.throws(() => changeMember(brief, 'revoke', a), { name: 'ListsMissingError' })
    const crowded = networkDocument({ membership: lists('listed', full, full.slice(0, 0)) })
    assert.throws(() => changeMember(crowded, 'add', a), { name: 'TooLargeError' })
  })

  it('default: a revision counts up and is signed; only the owner makes one', () => {
    const document = networkDocument()
    const next = revise(document, { membership: lists('open', [], [a]) }, OWNER, document.issuedAt + 5)
    assert.deepEqual([next.revision, next.issuedAt, next.id], [2, document.issuedAt + 5, document.id])
    assert.throws(() => revise(document, {}, peerSigner(new Uint8Array(32).fill(1)), 0), {
      name: 'NotOwnerError',
      limit: peerText(OWNER.key)
    })
  })

  it('default: who is let in follows from standing', () => {
    for (const membership of [lists('open', [], [b]), lists('listed', [a], [b])]) {
      const document = networkDocument({ membership })
      const gate = gateOf(document)
      for (const peer of [OWNER.key, a, b, c]) {
        const standing = standingOf(document, peer)
        assert.equal(gate(peer), standing === 'owner' || standing === 'member', standing)
      }
      assert.deepEqual(
        [OWNER.key, a, b, c].map(p => standingOf(document, p)),
        ['owner', 'member', 'revoked', membership.policy === 'open' ? 'member' : 'not-listed']
      )
    }
  })

  it('behavior: without its lists a document lets in the owner, and whom document and invite name', () => {
    const bootstrap = [`/ip4/192.0.2.1/tcp/1/p2p/${peerText(a)}`]
    const whole = networkDocument({ bootstrap, membership: lists('listed', [c], []) })
    const brief = { ...whole, membership: { policy: 'listed' as const, digest: listsDigest(whole.membership) } }
    const gate = gateOf(brief, [`/ip4/192.0.2.2/tcp/1/p2p/${peerText(b)}`])
    assert.deepEqual([OWNER.key, a, b, c].map(gate), [true, true, true, false])
    const through = gateOf(brief, [`/ip4/192.0.2.2/tcp/1/p2p/${peerText(b)}/p2p-circuit/p2p/${peerText(c)}`])
    assert.deepEqual([b, c].map(through), [true, true])
    assert.equal(standingOf(brief, c), 'unknown')
  })
})
