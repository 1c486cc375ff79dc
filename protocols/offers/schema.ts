import type { CID } from 'multiformats/cid'
import { z } from 'zod'
import { address, amount, bytes32, cid, signature65, text, uint } from '../common/values.ts'
import { needs } from '../job/schema.ts'

/** Limits of the facts that peers gossip. */
export const OFFER_LIMITS = {
  /** a resource offer's body: one gossip frame on any path */
  resourceBytes: 2 * 1024,
  /** a job offer's body: it names its spec by CID and carries no input */
  jobBytes: 1024,
  withdrawalBytes: 256,
  /** body, signature and Bind together */
  factBytes: 4 * 1024,
  addrs: 8,
  labels: 16,
  gpus: 16,
  /** a fact lives at most an hour, so that the dead leave the book by themselves */
  spanMs: 60 * 60 * 1000,
  /** a fact from a clock slightly ahead is kept */
  aheadMs: 10_000
} as const

const addr = z
  .string()
  .max(256)
  .regex(/^\/[\x21-\x7e]+$/, 'expected a multiaddr')
const labels = z
  .record(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,31}$/), text(64))
  .refine(r => Object.keys(r).length <= OFFER_LIMITS.labels, `expected at most ${OFFER_LIMITS.labels} labels`)
const gpu = z.strictObject({ vendor: text(32), model: text(64), memoryBytes: uint })
const capacity = z.strictObject({
  cpuMillis: uint,
  memoryBytes: uint,
  diskBytes: uint,
  gpus: z.array(gpu).max(OFFER_LIMITS.gpus)
})

/** Every fact says on which network, by whom and for which rounds it holds. A round is `floor(unix ms / roundMs)`. */
const common = { version: z.literal(1), network: text(64), account: address, fromRound: uint, untilRound: uint }

/**
 * Joins an EVM account to a libp2p key (EIP-712, signed by the account). `peerKey` is the raw Ed25519 public key.
 * Times are unix seconds.
 */
export const bind = z.strictObject({
  network: text(64),
  account: address,
  peerKey: bytes32,
  from: uint,
  until: uint,
  signature: signature65
})
export type Bind = z.output<typeof bind>

/** Rates in the token's smallest unit, each for the stated amount of the resource held for one hour. */
export const price = z.strictObject({
  perJob: amount,
  perCpuHour: amount,
  perGiBHour: amount,
  perDiskGiBHour: amount,
  perGpuHour: amount
})
export type Price = z.output<typeof price>

export const terms = z.strictObject({
  /** collateral a provider offers, in percent of the price */
  collateralPercent: uint.max(10_000),
  /** submit window = base + 2 × timeout; windows in seconds */
  submitBaseSec: uint,
  reviewSec: uint,
  /** accepts committees at all, and for docker jobs */
  committee: z.boolean(),
  dockerCommittee: z.boolean()
})

export const resourceOffer = z.strictObject({
  type: z.literal('resource'),
  ...common,
  seq: uint,
  arch: z.enum(['amd64', 'arm64']),
  engines: z
    .array(z.strictObject({ kind: z.enum(['docker', 'wasm', 'js', 'noop']), version: text(64) }))
    .min(1)
    .max(4),
  /** job networks the provider lets a container use, beyond none */
  networks: z
    .array(z.enum(['none', 'allow', 'full']))
    .min(1)
    .max(3),
  capacity,
  free: capacity,
  price,
  terms,
  tickets: uint.min(1).max(1024),
  labels,
  addrs: z.array(addr).max(OFFER_LIMITS.addrs)
})
export type ResourceOffer = z.output<typeof resourceOffer>

export const jobOffer = z.strictObject({
  type: z.literal('job'),
  ...common,
  /** the deal nonce: every proposal of this job shares it, so only one can ever open */
  nonce: bytes32,
  spec: cid,
  needs,
  /** the most the creator pays, tip included */
  bid: amount,
  tip: amount,
  timeoutMs: uint,
  policy: z.enum(['none', 'spot', 'replicas', 'committee']),
  replicas: uint.min(1).max(15),
  constraints: z.strictObject({
    labels,
    /** accounts */
    allow: z.array(address).max(8),
    deny: z.array(address).max(8),
    target: address.optional()
  }),
  addrs: z.array(addr).max(OFFER_LIMITS.addrs)
})
export type JobOffer = z.output<typeof jobOffer>

export const withdrawal = z.strictObject({
  type: z.literal('withdrawal'),
  ...common,
  id: cid,
  /** of a resource offer: this and every earlier one of the account, or what it replaced would come back to life */
  seq: uint.optional()
})
export type Withdrawal = z.output<typeof withdrawal>

export const factBody = z.discriminatedUnion('type', [resourceOffer, jobOffer, withdrawal])
export type FactBody = z.output<typeof factBody>

/**
 * A signed fact as it travels: the body's bytes, an Ed25519 signature over them, and the signer's Bind. The id is the
 * CID of the body, so a fact is the same fact whoever passes it on.
 */
export interface Fact<B extends FactBody = FactBody> {
  id: CID
  /** the id's 32 bytes */
  digest: Uint8Array
  body: B
  bodyBytes: Uint8Array
  signature: Uint8Array
  bind: Bind
}
