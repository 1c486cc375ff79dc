import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encode } from '../../../../protocols/common/cbor.ts'
import { sha256 } from '../../../../protocols/common/hash.ts'
import { encodeInvite, INVITE_LIMITS, looksLikeInvite, parseInvite } from '../../../../protocols/common/invite.ts'
import { listsDigest } from '../../../../protocols/common/membership.ts'
import { networkToWire } from '../../../../protocols/common/network-document.ts'
import { networkDocument } from '../../../support/owner.ts'

const HINT = '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWQXqXEzQZ1drZTThMqDmnn7PfmWZbqirxb4eCGiC2K7iG'
const document = networkDocument()
const line = encodeInvite(document, [HINT])

/** A line with any body, rightly framed. */
function framed(body: unknown): string {
  const bytes = encode(body)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.byteLength)
  const sum = sha256(Buffer.from('dcn/invite/1\0'), bytes).subarray(0, 4)
  return `dcn1${Buffer.concat([length, bytes, sum]).toString('base64url')}`
}

describe('invite', () => {
  it('default: one line there and back, with hints beside the signed document', () => {
    assert.match(line, /^dcn1[A-Za-z0-9_-]+$/)
    assert.deepEqual(parseInvite(line), { document, hints: [HINT] })
    assert.ok(looksLikeInvite(line))
    assert.ok(!looksLikeInvite('./dcn1-network.json'))
  })

  it('behavior: white space of a wrapped line is ignored', () => {
    assert.deepEqual(parseInvite(`  ${line.slice(0, 40)}\n  ${line.slice(40)}\r\n`).document, document)
  })

  it('behavior: a thousand members leave a line that a person can paste, with the digest of the lists', () => {
    const members = Array.from({ length: 1_000 }, (_, i) => `0x${i.toString(16).padStart(64, '0')}` as const)
    const large = networkDocument({ membership: { policy: 'listed', members, revoked: [] } })
    const short = encodeInvite(
      large,
      Array.from({ length: 20 }, () => HINT)
    )
    assert.ok(short.length < 1_200, `${short.length}`)
    const { document: brief, hints } = parseInvite(short)
    assert.deepEqual(brief.membership, { policy: 'listed', digest: listsDigest(large.membership) })
    assert.equal(hints.length, 1)
  })

  it('args: at most eight hints go into a line', () => {
    const many = Array.from({ length: 20 }, (_, i) => HINT.replace('4001', String(4001 + i)))
    assert.equal(parseInvite(encodeInvite(document, many)).hints.length, INVITE_LIMITS.hints)
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

  const wire = networkToWire(document)
  const bodies: [what: string, body: unknown, expected: { name: string; field?: string }][] = [
    [
      'an unsigned document of version 1',
      { version: 1, name: 'lab' },
      { name: 'NetworkVersionError', field: 'version' }
    ],
    [
      'a document of a later version',
      { document: { ...wire, version: 3 }, hints: [] },
      { name: 'NetworkVersionError' }
    ],
    ['no document', { hints: [] }, { name: 'InvalidInputError', field: 'document' }],
    ['a document that is text', { document: 'lab', hints: [] }, { name: 'InvalidInputError' }],
    ['no hints', { document: wire }, { name: 'InvalidInputError', field: 'hints' }],
    [
      'a hint without a peer',
      { document: wire, hints: ['/ip4/1.2.3.4/tcp/1'] },
      { name: 'InvalidInputError', field: 'hints.0' }
    ],
    ['nine hints', { document: wire, hints: Array(9).fill(HINT) }, { name: 'InvalidInputError', field: 'hints' }],
    ['something more', { document: wire, hints: [], extra: 1 }, { name: 'InvalidInputError', field: 'extra' }],
    [
      'a changed document',
      { document: { ...wire, roundMs: 251 }, hints: [] },
      { name: 'BadSignatureError', field: 'signature' }
    ]
  ]
  for (const [what, body, expected] of bodies) {
    it(`error: ${what}`, () => assert.throws(() => parseInvite(framed(body)), expected))
  }

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
