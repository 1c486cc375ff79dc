import type { Admission } from '../../../node/admission/admission.ts'
import type { Proposal, Situation } from '../../../node/roles/provider/consider.ts'
import { cidFromDigest } from '../../../protocols/common/cbor.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Address, toHex } from '../../../protocols/common/values.ts'
import { makeTerms } from '../../../protocols/deal/terms.ts'
import { derive } from '../../../protocols/job/derive.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { JobSpec } from '../../../protocols/job/schema.ts'
import { ask } from '../../../protocols/matching/ask.ts'
import type { JobOffer, ResourceOffer } from '../../../protocols/offers/schema.ts'
import { account, CREATOR, signature, word } from './builders.ts'

export const ALL_WELCOME: Admission = {
  creators: { allow: [], deny: [] },
  images: { allow: [], deny: [] },
  modules: { allow: [], deny: [] }
}

export const NOW_SEC = 1_700_000_000
const ROUND = NOW_SEC
const CERTIFICATE = new Uint8Array(10).fill(3)
const ROOM = { cpuMillis: 4_000, memoryBytes: 2 ** 30, diskBytes: 2 ** 30, gpus: [] }

export function noopSpec(changes: Partial<JobSpec> = {}): JobSpec {
  return {
    version: 1,
    engine: { noop: { exitCode: 0, ms: 0 } },
    env: {},
    inputs: [],
    outputs: [],
    resources: { cpuMillis: 1_000, memoryBytes: 2 ** 20, diskBytes: 0 },
    network: 'none',
    timeoutMs: 5_000,
    verify: { policy: 'none', include: ['exitCode', 'stdout', 'outputs'] },
    retry: 'safe',
    private: false,
    ...changes
  }
}

export function resourceOffer(changes: Partial<ResourceOffer> = {}): ResourceOffer {
  return {
    type: 'resource',
    version: 1,
    network: 'lab',
    account: account(1),
    fromRound: ROUND - 10,
    untilRound: ROUND + 10,
    seq: 1,
    arch: 'amd64',
    engines: [{ kind: 'noop', version: '1' }],
    networks: ['none'],
    capacity: ROOM,
    free: ROOM,
    price: { perJob: 100n, perCpuHour: 0n, perGiBHour: 0n, perDiskGiBHour: 0n, perGpuHour: 0n },
    terms: { collateralPercent: 50, submitBaseSec: 30, reviewSec: 60, committee: false, dockerCommittee: false },
    tickets: 1,
    labels: {},
    addrs: [],
    ...changes
  }
}

export function jobOffer(spec: JobSpec, changes: Partial<JobOffer> = {}): JobOffer {
  return {
    type: 'job',
    version: 1,
    network: 'lab',
    account: CREATOR,
    fromRound: ROUND,
    untilRound: ROUND + 10,
    nonce: word(77),
    spec: encodeSpec(spec).cid,
    needs: derive(spec),
    bid: 1_000n,
    tip: 5n,
    timeoutMs: spec.timeoutMs,
    policy: 'none',
    replicas: 1,
    constraints: { labels: {}, allow: [], deny: [] },
    addrs: [],
    ...changes
  }
}

/** A proposal that a provider agrees to, and the situation in which it does. */
export function proposal(provider: Address = account(1)): { proposal: Proposal; now: Situation } {
  const spec = noopSpec()
  const specCid = encodeSpec(spec).cid
  const job = { id: cidFromDigest(new Uint8Array(32).fill(1)), body: jobOffer(spec) }
  const offer = { id: cidFromDigest(new Uint8Array(32).fill(2)), body: resourceOffer() }
  const deal = makeTerms({
    job: toHex(job.id.multihash.digest),
    spec: toHex(specCid.multihash.digest),
    certificate: toHex(sha256(CERTIFICATE)),
    creator: CREATOR,
    provider,
    price: ask(job.body, offer.body) + job.body.tip,
    offerTerms: offer.body.terms,
    timeoutMs: spec.timeoutMs,
    nonce: BigInt(job.body.nonce),
    openBefore: NOW_SEC + 120
  })
  const [jobBytes, specBytes] = [new Uint8Array(1), encodeSpec(spec).bytes]
  const message = { type: 'propose', jobOffer: jobBytes, spec: specBytes, certificate: CERTIFICATE } as const
  return {
    proposal: { message: { ...message, offer: offer.id, deal, signature: signature(1) }, job, spec, specCid },
    now: {
      account: provider,
      offer,
      nowSec: NOW_SEC,
      nowMs: NOW_SEC * 1000,
      admission: ALL_WELCOME,
      round: ROUND
    }
  }
}
