import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cidFromDigest, decodeCanonical, encode } from '../../../../protocols/common/cbor.ts'
import { UserError } from '../../../../protocols/common/errors.ts'
import { encodeInvite, parseInvite } from '../../../../protocols/common/invite.ts'
import {
  networkFromJson,
  networkToJson,
  networkToWire,
  parseNetworkDocument
} from '../../../../protocols/common/network-document.ts'
import * as deal from '../../../../protocols/deal/messages.ts'
import { decodeSpec, encodeSpec } from '../../../../protocols/job/encode-spec.ts'
import * as logs from '../../../../protocols/logs/messages.ts'
import { decodeCertificate, encodeCertificate, makeCertificate } from '../../../../protocols/matching/certificate.ts'
import { decodeNetworkMessage, encodeNetworkMessage, summaryOf } from '../../../../protocols/network/messages.ts'
import { decodeFact, encodeFact, makeFact } from '../../../../protocols/offers/fact.ts'
import * as sync from '../../../../protocols/offers/sync/messages.ts'
import { VERDICTS, validateFact } from '../../../../protocols/offers/validate.ts'
import { account, signature, toyDeal, toyDelivery, word } from '../../../support/deal/builders.ts'
import { noopSpec } from '../../../support/deal/proposal.ts'
import { hostile } from '../../../support/fuzz.ts'
import * as arbitrary from '../../../support/market/arbitrary.ts'
import * as make from '../../../support/market/make.ts'
import { check, checkAsync, SEED } from '../../../support/market/property.ts'
import { networkDocument } from '../../../support/owner.ts'

/** What the network can hand a node, as functions of bytes. `NIGHTLY_FUZZ=100` runs a hundred times as many. */
interface Decoder {
  name: string
  samples: () => Promise<Uint8Array[]>
  decode: (bytes: Uint8Array) => unknown
  /** back to the bytes: two byte strings never mean the same */
  encode: (value: never) => Uint8Array
}

const RUNS = 200 * Number(process.env['NIGHTLY_FUZZ'] ?? 1)
const who = make.identity()
const cid = cidFromDigest(new Uint8Array(32).fill(1))
const bytes = (n: number) => new Uint8Array(n).fill(7)

const facts = async (): Promise<Uint8Array[]> => {
  const { account: mine, bind, sign } = who
  const [offers] = fc.sample(arbitrary.offers(6), { seed: SEED, numRuns: 1 })
  const [jobs] = fc.sample(arbitrary.jobs(6), { seed: SEED, numRuns: 1 })
  const bodies = [...(offers ?? []), ...(jobs ?? [])].map(({ offer }) => ({ ...offer, account: mine }))
  const all = [make.resourceOffer({ account: mine }), ...bodies, make.withdrawal(cid, { account: mine })]
  return await Promise.all(all.map(async body => encodeFact(await makeFact(body, bind, sign))))
}
const head = { type: 'head', version: 1, network: 'lab', peerKey: word(1), round: 1, root: word(2), count: 3 } as const
const signed = { head, signature: bytes(64) }
const hello = { version: 1, round: 7, nonce: bytes(16), head: signed } as const
const frames = async (): Promise<Uint8Array[]> => {
  const ranges: sync.SyncFrame['ranges'] = [
    [bytes(1), sync.RANGE.skip, bytes(0)],
    [bytes(2), sync.RANGE.fingerprint, bytes(16)],
    [bytes(0), sync.RANGE.ids, bytes(64)]
  ]
  const whole = { ranges, offer: bytes(32), want: bytes(64), facts: await facts(), done: false }
  const silent = { ranges: [], offer: bytes(0), want: bytes(0), facts: [], done: true }
  return [whole, silent].map(sync.encodeSyncFrame)
}
const certificates = async (): Promise<Uint8Array[]> => {
  const job = { id: bytes(32), fact: cid }
  const ranked = [1, 2].map(n => ({ id: make.digestOf(`${n}`), fact: cid, ask: BigInt(n) }))
  const refusals = [{ body: bytes(100), signature: bytes(64) }]
  const whole = makeCertificate({ head: signed, job, ranked, refusals, leftOut: [account(1)] })
  return [whole, makeCertificate({ head: signed, job, ranked: [] })].map(c => encodeCertificate(c).bytes)
}
const requests: deal.Request[] = [
  {
    type: 'propose',
    jobOffer: bytes(300),
    spec: bytes(300),
    certificate: bytes(300),
    offer: cid,
    deal: toyDeal(),
    signature: signature(1)
  },
  { type: 'status', deal: word(1) },
  { type: 'reject', deal: word(1), reason: 'wrong digest' },
  { type: 'deliver', deal: word(1), delivery: toyDelivery(word(1)) }
]
const replies: deal.Reply[] = [
  { type: 'agree', signature: signature(3) },
  { type: 'refuse', refusal: { body: bytes(100), signature: bytes(64) }, evidence: [bytes(5), bytes(6)] },
  { type: 'status', step: 'delivering', reason: 'waiting', delivery: toyDelivery(word(1)) }
]
const refusal = {
  version: 1,
  job: cid,
  provider: account(1),
  detail: 'full',
  round: 9,
  reason: 'no-room',
  freeAtMs: 5
} as const
const document = networkDocument({
  name: 'lab',
  secret: bytes(32),
  chain: {
    chainId: 1,
    rpcUrls: ['http://127.0.0.1:1'],
    escrow: account(1),
    token: account(2),
    startBlock: 0,
    confirmations: 1
  },
  bootstrap: ['/ip4/127.0.0.1/tcp/1/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8'],
  roundMs: 250,
  createdAt: 0,
  membership: { policy: 'listed', members: [word(1), word(2)], revoked: [word(3)] }
})
const text = {
  to: (s: string) => new Uint8Array(Buffer.from(s)),
  from: (b: Uint8Array) => Buffer.from(b).toString('latin1')
}

const DECODERS: Decoder[] = [
  { name: 'fact', samples: facts, decode: decodeFact, encode: encodeFact },
  {
    name: 'sync open',
    samples: async () => [sync.encodeSyncOpen(hello)],
    decode: sync.decodeSyncOpen,
    encode: sync.encodeSyncOpen
  },
  {
    name: 'sync accept',
    samples: async () => [sync.encodeSyncAccept({ ...hello, fingerprint: bytes(16) })],
    decode: sync.decodeSyncAccept,
    encode: sync.encodeSyncAccept
  },
  { name: 'sync frame', samples: frames, decode: sync.decodeSyncFrame, encode: sync.encodeSyncFrame },
  { name: 'certificate', samples: certificates, decode: decodeCertificate, encode: c => encodeCertificate(c).bytes },
  {
    name: 'deal request',
    samples: async () => requests.map(deal.encodeRequest),
    decode: deal.decodeRequest,
    encode: deal.encodeRequest
  },
  {
    name: 'deal reply',
    samples: async () => replies.map(deal.encodeReply),
    decode: deal.decodeReply,
    encode: deal.encodeReply
  },
  {
    name: 'refusal',
    samples: async () => [deal.encodeRefusal(refusal)],
    decode: deal.decodeRefusal,
    encode: deal.encodeRefusal
  },
  {
    name: 'job spec',
    samples: async () => [encodeSpec(noopSpec()).bytes],
    decode: decodeSpec,
    encode: s => encodeSpec(s).bytes
  },
  {
    name: 'logs request',
    samples: async () => [logs.encodeLogsRequest({ deal: word(1), from: 3, waitMs: 100 })],
    decode: logs.decodeLogsRequest,
    encode: logs.encodeLogsRequest
  },
  {
    name: 'logs reply',
    samples: async () => [
      logs.encodeLogsReply({ chunks: [{ seq: 1, stream: 'stdout', bytes: bytes(20) }], done: true })
    ],
    decode: logs.decodeLogsReply,
    encode: logs.encodeLogsReply
  },
  {
    name: 'network document',
    samples: async () => [encode(networkToWire(document))],
    decode: b => parseNetworkDocument(decodeCanonical(b, 'document', 8192)),
    encode: d => encode(networkToWire(d))
  },
  {
    name: 'network message',
    samples: async () => [
      encodeNetworkMessage({ ...summaryOf(document), document }),
      encodeNetworkMessage({ have: 0, digest: word(4) })
    ],
    decode: decodeNetworkMessage,
    encode: encodeNetworkMessage
  }
]
/** Text forms: more than one text may mean the same (white space, order), so only what comes of them is checked. */
const TEXTS: { name: string; sample: string; parse: (text: string) => unknown }[] = [
  { name: 'invite', sample: encodeInvite(document), parse: parseInvite },
  { name: 'network file', sample: networkToJson(document), parse: s => networkFromJson(parsedJson(s)) }
]

describe('fuzz: what the network hands a node', function () {
  this.timeout(60_000 * Math.max(1, RUNS / 200))

  for (const { name, samples, decode, encode: back } of DECODERS) {
    it(`property: ${name}: hostile bytes are refused by name, or decode to what encodes to them`, async () => {
      const valid = await samples()
      for (const sample of valid) assert.deepEqual(back(decode(sample) as never), sample)
      check(
        fc.property(hostile(valid), input => {
          const value = typedOrValue(() => decode(input))
          if (value !== REFUSED) assert.deepEqual(back(value as never), input)
        }),
        RUNS
      )
    })
  }

  for (const { name, sample, parse } of TEXTS) {
    it(`property: ${name}: hostile text is refused by name`, () => {
      parse(sample)
      check(
        fc.property(hostile([text.to(sample)]), input => void typedOrValue(() => parse(text.from(input)))),
        RUNS
      )
    })
  }

  it('property: validator: hostile bytes get a verdict that the table knows, and only the very bytes are accepted', async () => {
    const valid = await facts()
    await checkAsync(
      fc.asyncProperty(hostile(valid), async input => {
        const verdict = await validateFact(input, make.context)
        if (verdict.verdict === 'accept') assert.deepEqual(encodeFact(verdict.fact), input)
        else assert.equal(VERDICTS[verdict.reason], verdict.verdict)
      }),
      RUNS
    )
  })
})

const REFUSED = Symbol('refused')

function typedOrValue(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (error instanceof UserError) return REFUSED
    throw error
  }
}

/** As the file's reader does it: what is no JSON never gets to the schema. */
function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
