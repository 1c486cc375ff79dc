import assert from 'node:assert/strict'
import { peerSigner } from '../../../../node/network/peer-signer.ts'
import { listsDigest, MAX_LISTED } from '../../../../protocols/common/membership.ts'
import {
  checkNetwork,
  createNetworkDocument,
  networkFromJson,
  networkId,
  networkToJson,
  networkToWire,
  parseNetworkDocument
} from '../../../../protocols/common/network-document.ts'
import { keyOfText, peerText } from '../../../../protocols/common/peer-text.ts'
import type { Hex } from '../../../../protocols/common/values.ts'
import { keyOfPeerId, peerIdText } from '../../../../protocols/offers/peer-key.ts'
import { networkDocument, OWNER } from '../../../support/owner.ts'

const BOOTSTRAP = '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
const chain = {
  chainId: 31337,
  rpcUrls: ['http://127.0.0.1:8545'],
  escrow: '0x00000000000000000000000000000000000000aa',
  token: '0x00000000000000000000000000000000000000bb',
  startBlock: 1,
  confirmations: 0,
  dev: true
} as const
const peer = (n: number): Hex => peerSigner(new Uint8Array(32).fill(n)).key
const [low = '0x', high = '0x'] = [peer(1), peer(2)].sort()
const members = (list: Hex[], revoked: Hex[] = []) => ({ policy: 'listed' as const, members: list, revoked })
const document = networkDocument({
  chain: { ...chain, rpcUrls: [...chain.rpcUrls] },
  bootstrap: [BOOTSTRAP],
  membership: members([low, high])
})

describe('network document', () => {
  it('default: the id comes from name, secret and owner', () => {
    assert.match(document.id, /^lab-[a-z2-7]{16}$/)
    const secret = new Uint8Array(32).fill(9)
    assert.equal(document.id, networkId('lab', secret, OWNER.key))
    const others = [
      networkId('lab', new Uint8Array(32).fill(8), OWNER.key),
      networkId('lab', secret, peer(1)),
      networkId('lob', secret, OWNER.key)
    ]
    assert.ok(!others.includes(document.id))
  })

  it('default: JSON and wire forms come back the same, with keys as peer ids', () => {
    const brief = { ...document, membership: { policy: 'listed' as const, digest: listsDigest(document.membership) } }
    for (const d of [document, networkDocument(), brief]) {
      assert.deepEqual(networkFromJson(JSON.parse(networkToJson(d))), d)
      assert.deepEqual(parseNetworkDocument(networkToWire(d)), d)
    }
    const file = JSON.parse(networkToJson(document))
    assert.deepEqual(file.membership.members, [low, high].map(peerIdText))
  })

  it('default: a signature holds with the lists and with their digest, and for no other lists', () => {
    const brief = { ...document, membership: { policy: 'listed' as const, digest: listsDigest(document.membership) } }
    assert.equal(checkNetwork(brief), brief)
    const others = { ...document, membership: members([low]) }
    assert.throws(() => checkNetwork(others), { name: 'BadSignatureError', field: 'signature' })
  })

  it('default: peer ids are as libp2p writes them', () => {
    for (const key of [low, high]) {
      assert.equal(peerText(key), peerIdText(key))
      assert.equal(keyOfText(peerText(key)), keyOfPeerId(peerText(key)))
    }
    for (const text of [
      '',
      'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
      `${peerText(low)}x`,
      '12D3Koo'.padEnd(52, 'z')
    ])
      assert.equal(keyOfText(text), undefined)
  })

  it('error: a signature of somebody else', () => {
    const { signature: _signature, id: _id, version: _version, ...init } = document
    const other = peerSigner(new Uint8Array(32).fill(3))
    assert.throws(() => createNetworkDocument(init, other.sign), { name: 'BadSignatureError', field: 'signature' })
  })

  const wire = networkToWire(document)
  const withList = (field: 'members' | 'revoked', list: unknown) => ({
    ...wire,
    membership: { ...wire.membership, [field]: list }
  })
  const bytes = (n: number, fill = 7) => new Uint8Array(n).fill(fill)
  const bad: [field: string, value: unknown][] = [
    ['name', { ...wire, name: '-x' }],
    ['name', { ...wire, name: 'x'.repeat(32) }],
    ['name', { ...wire, name: 7 }],
    ['id', { ...wire, id: 'lab-aaaaaaaaaaaaaaaa' }],
    ['id', { ...wire, id: null }],
    ['id', { ...wire, owner: bytes(32) }],
    ['owner', { ...wire, owner: bytes(31) }],
    ['owner', { ...wire, owner: 'me' }],
    ['secret', { ...wire, secret: bytes(31) }],
    ['secret', { ...wire, secret: 'secret' }],
    ['revision', { ...wire, revision: 0 }],
    ['revision', { ...wire, revision: 1.5 }],
    ['revision', { ...wire, revision: 2 ** 53 }],
    ['revision', { ...wire, revision: '1' }],
    ['createdAt', { ...wire, createdAt: -1 }],
    ['issuedAt', { ...wire, issuedAt: 'now' }],
    ['chain', { ...wire, chain: 'evm' }],
    ['chain.chainId', { ...wire, chain: { ...wire.chain, chainId: 0 } }],
    ['chain.rpcUrls', { ...wire, chain: { ...wire.chain, rpcUrls: [] } }],
    ['chain.rpcUrls.0', { ...wire, chain: { ...wire.chain, rpcUrls: ['ftp://here'] } }],
    ['chain.escrow', { ...wire, chain: { ...wire.chain, escrow: bytes(19) } }],
    ['bootstrap.0', { ...wire, bootstrap: ['/ip4/1.2.3.4/tcp/1'] }],
    ['bootstrap.0', { ...wire, bootstrap: ['x'.repeat(300)] }],
    ['bootstrap', { ...wire, bootstrap: Array(17).fill(BOOTSTRAP) }],
    ['roundMs', { ...wire, roundMs: 1 }],
    ['roundMs', { ...wire, roundMs: 60_001 }],
    ['membership.policy', { ...wire, membership: { ...wire.membership, policy: 'closed' } }],
    ['membership', { ...wire, membership: null }],
    ['membership.members', withList('members', 'all')],
    ['membership.members.0', withList('members', [bytes(31)])],
    ['membership.members', withList('members', [bytes(32, 2), bytes(32, 1)])],
    ['membership.members', withList('members', [bytes(32), bytes(32)])],
    ['membership.members', withList('members', manyKeys(MAX_LISTED + 1))],
    ['membership.revoked', withList('revoked', manyKeys(MAX_LISTED + 1))],
    ['membership.revoked', withList('revoked', [wire.owner])],
    ['membership.members', withList('revoked', (wire.membership as { members: Uint8Array[] }).members)],
    ['signature', { ...wire, signature: bytes(63) }],
    ['signature', { ...wire, signature: 'signed' }],
    ['extra', { ...wire, extra: 1 }],
    ['network document', []],
    ['network document', 'lab']
  ]
  for (const [i, [field, value]] of bad.entries()) {
    it(`error: ${field} (${i})`, () => {
      assert.throws(() => parseNetworkDocument(value), { name: 'InvalidInputError', field })
    })
  }

  for (const [version, remedy] of [
    [1, /dcn network create/],
    [3, /update/]
  ] as const) {
    it(`error: version ${version} is named`, () => {
      const expected = { name: 'NetworkVersionError', field: 'version', value: version, remedy }
      assert.throws(() => parseNetworkDocument({ ...wire, version }), expected)
      assert.throws(() => networkFromJson({ version }), expected)
    })
  }

  it('error: each changed byte of the signature, and each field that is signed', () => {
    const changed: unknown[] = [
      { ...wire, revision: 2 },
      { ...wire, createdAt: 5 },
      { ...wire, issuedAt: 5 },
      { ...wire, chain: null },
      { ...wire, bootstrap: [] },
      { ...wire, roundMs: 500 },
      { ...wire, membership: { ...wire.membership, policy: 'open' } },
      withList('members', []),
      withList('revoked', [bytes(32)]),
      { ...wire, signature: wire.signature.with(0, (wire.signature[0] ?? 0) ^ 1) },
      { ...wire, signature: bytes(64) }
    ]
    for (const value of changed) assert.throws(() => parseNetworkDocument(value), { name: 'BadSignatureError' })
  })
})

function manyKeys(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(i.toString(16).padStart(64, '0'), 'hex')).map(
    b => new Uint8Array(b)
  )
}
