import type { Address, Hex } from '../../../protocols/common/values.ts'
import { beginCreator } from '../../../protocols/deal/creator-machine.ts'
import type { Attempt, Candidate, CreatorJob, JobResult } from '../../../protocols/deal/creator-types.ts'
import type { ChainEnd } from '../../../protocols/deal/machine.ts'
import type { Delivery } from '../../../protocols/deal/messages.ts'
import { beginProvider, type ProviderState, type RunRecord } from '../../../protocols/deal/provider-machine.ts'
import type { GroupJob } from '../../../protocols/deal/replicas-types.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'

export const word = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
export const account = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
export const signature = (n: number): Hex => `0x${n.toString(16).padStart(130, '0')}`
export const CREATOR = account(0xc0)

/** Short windows: half a minute to open, a minute to submit, another to review. */
export function toyDeal(changes: Partial<Deal> = {}): Deal {
  return {
    job: word(1),
    spec: word(2),
    certificate: word(3),
    creator: CREATOR,
    provider: account(1),
    price: 1_000n,
    collateral: 401n,
    seatFee: 0n,
    submitWindow: 60,
    reviewWindow: 60,
    voteWindow: 60,
    committee: 0,
    needs: 0,
    openBefore: 130,
    nonce: 1n,
    ...changes
  }
}

export function toyCandidate(n: number): Candidate {
  const terms = { collateralPercent: 40, submitBaseSec: 60, reviewSec: 60, committee: false, dockerCommittee: false }
  return { offer: `offer ${n}`, account: account(n), peer: `peer ${n}`, addrs: [], ask: 1_000n, terms }
}

export function toyAttempt(n: number, changes: Partial<Deal> = {}): Attempt {
  return {
    candidate: toyCandidate(n),
    deal: toyDeal({ provider: account(n), ...changes }),
    dealId: word(0xd0 + n),
    creatorSignature: signature(n)
  }
}

export function toyJob(changes: Partial<CreatorJob> = {}): CreatorJob {
  return {
    jobId: 'job',
    engine: 'noop',
    spec: 'spec',
    specBytes: new Uint8Array(),
    jobOffer: new Uint8Array(),
    bid: 2_000n,
    tip: 0n,
    timeoutMs: 10_000,
    createdAtMs: 0,
    check: { by: 'nobody' },
    inputBytes: 0,
    matchWindowMs: 10_000,
    roundMs: 250,
    ...changes
  }
}

export function toyGroupJob(changes: Partial<GroupJob> = {}): GroupJob {
  const needs = {
    engine: 'js' as const,
    resources: { cpuMillis: 1, memoryBytes: 1, diskBytes: 1 },
    network: 'none' as const
  }
  const constraints = { labels: {}, allow: [], deny: [] }
  return {
    jobId: 'job',
    engine: 'js',
    spec: 'spec',
    specBytes: new Uint8Array(),
    nonce: word(1),
    offer: { needs, bid: 2_000n, tip: 0n, timeoutMs: 10_000, constraints },
    n: 3,
    min: 2,
    createdAtMs: 0,
    inputBytes: 0,
    matchWindowMs: 10_000,
    roundMs: 250,
    ...changes
  }
}

export function toyDelivery(dealId: Hex, charge = 1_000n): Delivery {
  const result = { deal: dealId, commitment: word(5), manifest: word(6), charge }
  return { manifest: new Uint8Array(), salt: word(4), result, signature: signature(7) }
}

export function toyResult(): JobResult {
  return { dir: '/tmp/none', files: [], sizeBytes: 0, outcome: 'exited', exitCode: 0, resultCid: 'cid' }
}

export function toyRun(status: RunRecord['status'] = 'exited'): RunRecord {
  const usage = { wallMs: 1, cpuMs: 1, maxRssBytes: 1, inputBytes: 0, outputBytes: 0 }
  return { status, usage, startedAt: 0, finishedAt: 1 }
}

export function toyEnd(kind: ChainEnd['kind']): ChainEnd {
  return { kind, toProvider: 0n, toCreator: 0n, transaction: word(9) }
}

export function creatorStart(changes: Partial<CreatorJob> = {}) {
  return beginCreator({ type: 'submitted', atMs: 0, job: toyJob(changes) })
}

export function providerStart(changes: Partial<ProviderState> = {}) {
  const attempt = toyAttempt(1)
  const resources = { cpuMillis: 1_000, memoryBytes: 1, diskBytes: 1 }
  return beginProvider({
    type: 'agreed',
    atMs: 0,
    state: {
      dealId: attempt.dealId,
      deal: attempt.deal,
      creatorSignature: attempt.creatorSignature,
      providerSignature: signature(8),
      creator: { account: CREATOR, peer: 'creator', addrs: [] },
      spec: new Uint8Array(),
      needs: { engine: 'noop', resources, network: 'none' },
      timeoutMs: 10_000,
      ...changes
    }
  })
}
