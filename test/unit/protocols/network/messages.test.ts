import assert from 'node:assert/strict'
import { encode } from '../../../../protocols/common/cbor.ts'
import { listsDigest } from '../../../../protocols/common/membership.ts'
import { networkToWire } from '../../../../protocols/common/network-document.ts'
import { decodeNetworkMessage, encodeNetworkMessage, summaryOf } from '../../../../protocols/network/messages.ts'
import { networkDocument } from '../../../support/owner.ts'

const [first, second] = [networkDocument(), networkDocument({ revision: 2 })]
const digestOf = { policy: 'open' as const, digest: listsDigest(first.membership) }

describe('messages of network documents', () => {
  it('default: both ways, with a document and without', () => {
    const [bare, full] = [summaryOf(first), { ...summaryOf(second), document: second }]
    assert.deepEqual(decodeNetworkMessage(encodeNetworkMessage(bare), first), bare)
    assert.deepEqual(decodeNetworkMessage(encodeNetworkMessage(full), first), full)
  })

  it('behavior: what says nothing new is left out before anything is checked', () => {
    for (const [known, given] of [
      [second, first],
      [first, first]
    ] as const) {
      const message = encodeNetworkMessage({ ...summaryOf(given), document: given })
      assert.deepEqual(decodeNetworkMessage(message, known), summaryOf(given))
    }
    const forged = encode({ have: 1, digest: new Uint8Array(32), document: { ...networkToWire(first), roundMs: 'x' } })
    assert.equal(decodeNetworkMessage(forged, second).document, undefined)
    assert.throws(() => decodeNetworkMessage(forged), { name: 'InvalidInputError' })
  })

  it('behavior: another document of the same revision, and the lists that are missed, are news', () => {
    const other = networkDocument({ roundMs: 300 })
    const message = encodeNetworkMessage({ ...summaryOf(first), document: first })
    assert.deepEqual(decodeNetworkMessage(message, other).document, first)
    assert.deepEqual(decodeNetworkMessage(message, { ...first, membership: digestOf }).document, first)
  })

  it('error: a document without its lists', () => {
    const brief = { ...second, membership: digestOf }
    const message = encodeNetworkMessage({ ...summaryOf(second), document: brief })
    assert.throws(() => decodeNetworkMessage(message, first), {
      name: 'InvalidInputError',
      field: 'document.membership'
    })
  })

  it('error: revisions that are no numbers, documents that are none', () => {
    for (const document of [null, 5, [], { revision: '9' }, { revision: 9 }])
      assert.throws(() => decodeNetworkMessage(encode({ have: 1, digest: new Uint8Array(32), document }), first), {
        name: 'InvalidInputError'
      })
  })
})
