import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encodeInvite, looksLikeInvite, parseInvite } from '../../../../protocols/common/invite.ts'
import {
  createNetworkDocument,
  type NetworkDocument,
  networkFromJson,
  networkId,
  networkToJson,
  networkToWire,
  parseNetworkDocument
} from '../../../../protocols/common/network-document.ts'

const BOOTSTRAP = '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'

function document(init: Partial<NetworkDocument> = {}): NetworkDocument {
  return createNetworkDocument({
    name: 'lab',
    secret: new Uint8Array(32).fill(9),
    chain: {
      chainId: 31337,
      rpcUrls: ['http://127.0.0.1:8545'],
      escrow: '0x00000000000000000000000000000000000000aa',
      token: '0x00000000000000000000000000000000000000bb',
      startBlock: 1,
      confirmations: 0,
      dev: true
    },
    bootstrap: [BOOTSTRAP],
    roundMs: 250,
    createdAt: 1_700_000_000_000,
    ...init
  })
}

describe('network document', () => {
  it('default: the id comes from name and secret', () => {
    const { id } = document()
    assert.match(id, /^lab-[a-z2-7]{8}$/)
    assert.equal(id, networkId('lab', new Uint8Array(32).fill(9)))
    assert.notEqual(id, networkId('lab', new Uint8Array(32).fill(8)))
  })

  it('default: JSON and wire forms come back the same', () => {
    for (const d of [document(), document({ chain: null, bootstrap: [] })]) {
      assert.deepEqual(networkFromJson(JSON.parse(networkToJson(d))), d)
      assert.deepEqual(parseNetworkDocument(networkToWire(d)), d)
    }
  })

  it('error: an id of another secret', () => {
    const wire = { ...networkToWire(document()), id: 'lab-aaaaaaaa' }
    assert.throws(() => parseNetworkDocument(wire), { name: 'InvalidInputError', field: 'id' })
  })

  it('error: fields out of range are named', () => {
    const wire = networkToWire(document())
    const bad: [string, unknown][] = [
      ['version', { ...wire, version: 2 }],
      ['name', { ...wire, name: '-x' }],
      ['secret', { ...wire, secret: new Uint8Array(31) }],
      ['bootstrap.0', { ...wire, bootstrap: ['/ip4/1.2.3.4/tcp/1'] }],
      ['bootstrap', { ...wire, bootstrap: Array(17).fill(BOOTSTRAP) }],
      ['roundMs', { ...wire, roundMs: 1 }],
      ['extra', { ...wire, extra: 1 }]
    ]
    for (const [field, value] of bad) {
      assert.throws(() => parseNetworkDocument(value), { name: 'InvalidInputError', field })
    }
  })
})

describe('invite', () => {
  const line = encodeInvite(document())

  it('default: one line there and back', () => {
    assert.match(line, /^dcn1[A-Za-z0-9_-]+$/)
    assert.deepEqual(parseInvite(line), document())
    assert.ok(looksLikeInvite(line))
    assert.ok(!looksLikeInvite('./dcn1-network.json'))
  })

  it('behavior: white space of a wrapped line is ignored', () => {
    assert.deepEqual(parseInvite(`  ${line.slice(0, 40)}\n  ${line.slice(40)}\r\n`), document())
  })

  it('error: each way of being wrong has its name', () => {
    const cases: [string, string][] = [
      ['hello', 'NotAnInviteError'],
      ['', 'NotAnInviteError'],
      [`${line}!`, 'NotAnInviteError'],
      ['dcn1', 'InviteCutOffError'],
      [line.slice(0, -1), 'InviteCutOffError'],
      [line.slice(0, 30), 'InviteCutOffError'],
      [`dcn2${line.slice(4)}`, 'InviteVersionError'],
      [`${line}AAAA`, 'InviteChecksumError'],
      [`${line.slice(0, 60)}${line[60] === 'A' ? 'B' : 'A'}${line.slice(61)}`, 'InviteChecksumError'],
      ['dcn1'.padEnd(100_000, 'A'), 'TooLargeError']
    ]
    for (const [text, name] of cases) assert.throws(() => parseInvite(text), { name }, text.slice(0, 40))
  })

  it('behavior: no changed character goes unnoticed, nothing but typed errors', () => {
    fc.assert(
      fc.property(fc.nat(line.length - 1), fc.string({ minLength: 0, maxLength: 3 }), (at, text) => {
        const changed = line.slice(0, at) + text + line.slice(at + 1)
        if (changed.replace(/\s/g, '') === line) return
        assert.throws(() => parseInvite(changed), {
          name: /^(NotAnInvite|InviteCutOff|InviteChecksum|InviteVersion)Error$/
        })
      }),
      { numRuns: 500, seed: 1 }
    )
  })
})
