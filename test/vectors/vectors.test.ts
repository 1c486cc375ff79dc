import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeCanonical } from '../../protocols/common/cbor.ts'
import { verifyEd25519 } from '../../protocols/common/ed25519.ts'
import { sha256 } from '../../protocols/common/hash.ts'
import { parseInvite } from '../../protocols/common/invite.ts'
import {
  NETWORK_LIMITS,
  networkFromJson,
  networkSignedBytes,
  parseNetworkDocument
} from '../../protocols/common/network-document.ts'
import { parse } from '../../protocols/common/parse.ts'
import { fromHex, type Hex, toHex } from '../../protocols/common/values.ts'
import { CarReader } from '../../protocols/data/car-reader.ts'
import { decodeControl } from '../../protocols/data/messages.ts'
import { decodeSpec, encodeSpec } from '../../protocols/job/encode-spec.ts'
import { decodeManifest, encodeManifest } from '../../protocols/job/manifest.ts'
import { parseSpec } from '../../protocols/job/parse-spec.ts'
import { decodeCertificate, encodeCertificate } from '../../protocols/matching/certificate.ts'
import { match } from '../../protocols/matching/match.ts'
import { rank } from '../../protocols/matching/rank.ts'
import { score } from '../../protocols/matching/score.ts'
import { decodeFact, encodeFact, factDigest } from '../../protocols/offers/fact.ts'
import { jobOffer, resourceOffer } from '../../protocols/offers/schema.ts'
import { fingerprint } from '../../protocols/offers/sync/fingerprint.ts'
import {
  decodeSyncAccept,
  decodeSyncFrame,
  decodeSyncOpen,
  encodeSyncFrame
} from '../../protocols/offers/sync/messages.ts'
import { SyncSession } from '../../protocols/offers/sync/session.ts'
import { Snapshot } from '../../protocols/offers/sync/snapshot.ts'
import { referenceMatch, referenceRank, referenceScore } from '../support/market/reference.ts'
import { buildVectors } from './build/index.ts'
import { errorOf } from './build/job.ts'
import { plain } from './build/plain.ts'

const read = <T>(path: string): T => JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8'))

interface SyncVectors {
  fingerprints: { nonce: Hex; ids: Hex[]; fingerprint: Hex }[]
  session: { facts: { id: Hex; wire: Hex }[]; opener: Hex[]; other: Hex[]; messages: { bytes: Hex }[] }
}

interface Book {
  round: number
  offers: { id: Hex; body: Hex }[]
  jobs: { id: Hex; body: Hex }[]
}

describe('vectors', () => {
  it('default: the files are what the script writes, to the last character', async () => {
    for (const [path, value] of Object.entries(await buildVectors()))
      assert.deepEqual(read(path), JSON.parse(JSON.stringify(value)), path)
  })

  describe('data', () => {
    const { blocks, transfers, credit, ends } = read<{
      blocks: { cid: string; bytes: Hex }[]
      transfers: { name: string; control: Hex; blocks: string[]; stream: Hex }[]
      credit: { consumed: number; bytes: Hex }
      ends: { reason: string; cid: string | null; bytes: Hex }[]
    }>('data/car.json')
    const bytesOf = new Map(blocks.map(({ cid, bytes }) => [cid, bytes]))
    for (const transfer of transfers) {
      it(`car: ${transfer.name}`, () => {
        const control = fromHex(transfer.control)
        const { want } = decodeControl(control.subarray(1))
        assert.equal(control[0], control.byteLength - 1)
        const [header, ...sections] = new CarReader().push(fromHex(transfer.stream))
        assert.deepEqual(header?.kind === 'header' && header.roots.map(String), want.map(String))
        const found = sections.map(part => (part.kind === 'block' ? [String(part.cid), toHex(part.bytes)] : []))
        assert.deepEqual(
          found,
          transfer.blocks.map(cid => [cid, bytesOf.get(cid)])
        )
      })
    }

    it('car: credit and ends', () => {
      assert.equal(decodeControl(fromHex(credit.bytes).subarray(1)).consumed, credit.consumed)
      const [{ stream } = { stream: '0x' as Hex }] = transfers
      for (const { reason, cid, bytes } of ends) {
        const last = new CarReader().push(Buffer.concat([fromHex(stream), fromHex(bytes)])).at(-1)
        assert.deepEqual(last?.kind === 'end' && [last.end.reason, last.end.cid?.toString() ?? null], [reason, cid])
      }
    })
  })

  describe('job', () => {
    const { valid, invalid } = read<{
      valid: { name: string; file: unknown; bytes: Hex; cid: string }[]
      invalid: { name: string; file: unknown; error: string; field: string }[]
    }>('job/specs.json')
    for (const { name, file, bytes, cid } of valid) {
      it(`spec: ${name}`, () => {
        const block = encodeSpec(parseSpec(file))
        assert.deepEqual([toHex(block.bytes), block.cid.toString()], [bytes, cid])
        assert.equal(encodeSpec(decodeSpec(fromHex(bytes))).cid.toString(), cid)
      })
    }
    for (const { name, file, error, field } of invalid) {
      it(`spec refused: ${name}`, () => assert.deepEqual(errorOf(file), { error, field }))
    }

    it('manifest', () => {
      const { manifest } = read<{ manifest: { bytes: Hex; cid: string } }>('job/results.json')
      assert.equal(encodeManifest(decodeManifest(fromHex(manifest.bytes))).cid.toString(), manifest.cid)
    })
  })

  describe('network', () => {
    const { documents, refused } = read<{
      documents: {
        name: string
        json: unknown
        id: string
        signedBytes: Hex
        signature: Hex
        wire: Hex
        invite: string
      }[]
      refused: { name: string; error: string; wire: Hex }[]
    }>('network/documents.json')
    const decode = (hex: Hex) =>
      parseNetworkDocument(decodeCanonical(fromHex(hex), 'document', NETWORK_LIMITS.documentBytes))
    for (const { name, json, id, signedBytes, signature, wire, invite } of documents) {
      it(`document: ${name}`, () => {
        const document = decode(wire)
        assert.deepEqual(
          [document.id, document.signature, toHex(networkSignedBytes(document))],
          [id, signature, signedBytes]
        )
        assert.deepEqual(networkFromJson(json), document)
        assert.deepEqual(parseInvite(invite).document, document)
        assert.ok(verifyEd25519(fromHex(document.owner), fromHex(signedBytes), fromHex(signature)))
      })
    }
    for (const { name, error, wire } of refused) {
      it(`document refused: ${name}`, () => assert.throws(() => decode(wire), { name: error }))
    }
  })

  it('offers: facts decode from their wire form', () => {
    const { facts, peerKey } = read<{ facts: { wire: Hex; id: string; body: unknown; gossipId: Hex }[]; peerKey: Hex }>(
      'offers/facts.json'
    )
    for (const { wire, id, body, gossipId } of facts) {
      const fact = decodeFact(fromHex(wire))
      assert.deepEqual([fact.id.toString(), plain(fact.body), toHex(encodeFact(fact))], [id, body, wire])
      assert.ok(verifyEd25519(fromHex(peerKey), fact.bodyBytes, fact.signature))
      assert.equal(toHex(sha256(fromHex(wire))), gossipId)
    }
  })

  describe('sync', () => {
    const { fingerprints, session } = read<SyncVectors>('offers/sync.json')

    it('fingerprints', () => {
      for (const { nonce, ids, fingerprint: expected } of fingerprints)
        assert.equal(toHex(fingerprint(fromHex(nonce), ids.map(fromHex))), expected)
    })

    for (const me of ['opener', 'other'] as const) {
      it(`session: the ${me} says what it says here, given what the other side says`, () => {
        const [open, accept, ...rest] = session.messages.map(m => fromHex(m.bytes))
        assert.ok(open !== undefined && accept !== undefined)
        const accepted = decodeSyncAccept(accept)
        const nonce = new Uint8Array([...decodeSyncOpen(open).nonce, ...accepted.nonce])
        const mine = session.facts.filter(f => session[me].includes(f.id)).map(f => decodeFact(fromHex(f.wire)))
        const snapshot = new Snapshot(mine, nonce)
        const side = new SyncSession({ snapshot, nonce, lacks: id => !session[me].includes(toHex(id)) })
        if (me === 'opener') side.receiveFingerprint(accepted.fingerprint)
        else assert.deepEqual(snapshot.fingerprint(0, mine.length), accepted.fingerprint)
        const received: string[] = []
        for (const [i, bytes] of rest.entries()) {
          if ((i % 2 === 0) === (me === 'opener')) assert.equal(toHex(encodeSyncFrame(side.next())), toHex(bytes))
          else received.push(...side.receive(decodeSyncFrame(bytes)).map(f => toHex(factDigest(f))))
        }
        assert.deepEqual([side.isOver, side.finish().left], [true, false])
        const all = session.facts.map(f => f.id)
        assert.deepEqual([...session[me], ...received].sort(), all.sort())
      })
    }
  })

  describe('matching', () => {
    const book = read<Book>('matching/book.json')
    const at = { round: book.round }
    const body = (hex: Hex): unknown => decodeCanonical(fromHex(hex), 'body', 4096)
    const offers = book.offers.map(o => ({ id: fromHex(o.id), offer: parse(resourceOffer, body(o.body), 'offer') }))
    const jobs = book.jobs.map(j => ({ id: fromHex(j.id), offer: parse(jobOffer, body(j.body), 'job') }))

    it('book: an id is the sha2-256 of the body', () => {
      for (const { id, body: bytes } of [...book.offers, ...book.jobs]) assert.equal(toHex(sha256(fromHex(bytes))), id)
    })

    it('score: and so does the reference', () => {
      const cases = read<{ job: Hex; account: Hex; tickets: number; score: number }[]>('matching/score.json')
      for (const { job, account, tickets, score: expected } of cases) {
        assert.equal(score(fromHex(job), account, tickets), expected)
        assert.equal(Number.parseInt(referenceScore(fromHex(job), account, tickets), 16), expected)
      }
    })

    it('rank: the decoded book gives the ranking, and so does the reference', () => {
      const expected =
        read<{ job: Hex; ranking: { offer: Hex; ask: string; priceClass: string }[] }[]>('matching/rank.json')
      for (const [i, job] of jobs.entries()) {
        const ranking = rank(job, offers, at).map(r => ({
          offer: toHex(r.id),
          ask: `${r.ask}`,
          priceClass: `${r.priceClass}`
        }))
        assert.deepEqual(ranking, expected[i]?.ranking)
        assert.deepEqual(
          referenceRank(job, offers, book.round).map(id => `0x${id}`),
          ranking.map(r => r.offer)
        )
      }
    })

    it('match: the decoded book gives the matches, and so does the reference', () => {
      const expected = read<{ matches: { job: Hex; offers: Hex[] }[] }>('matching/match.json')
      const matches = match(jobs, offers, at).matches.map(m => ({
        job: toHex(m.job.id),
        offers: m.providers.map(p => toHex(p.id))
      }))
      assert.deepEqual(matches, expected.matches)
      const reference = Object.entries(referenceMatch(jobs, offers, book.round))
      assert.deepEqual(
        reference.map(([job, ids]) => ({ job: `0x${job}`, offers: ids.map(id => `0x${id}`) })),
        matches
      )
    })

    it('certificate', () => {
      const { bytes, cid } = read<{ bytes: Hex; cid: string }>('matching/certificate.json')
      assert.equal(encodeCertificate(decodeCertificate(fromHex(bytes))).cid.toString(), cid)
    })
  })
})
