import { z } from 'zod'
import { uint } from '../../../protocols/common/values.ts'
import { jobState } from './jobs.ts'
import { amountText, capacity, id, line, time } from './parts.ts'

const count = z.object({ reason: line, count: uint })
const refusal = z.object({
  offer: id,
  account: id,
  reasons: z.array(line),
  /** what would make it fit, one for each reason */
  remedies: z.array(line).optional(),
  ask: amountText.optional()
})

/** Why a job is where it is: counts by reason over the offers in the book, and the nearest misses. */
export const whyView = z.object({
  id,
  state: jobState,
  summary: line,
  /** the next step is its provider's, and that is not connected to this node */
  away: z.boolean().optional(),
  counts: z.array(count),
  nearest: z.array(refusal),
  /** what its owner can do now */
  remedies: z.array(line).optional(),
  /** what was tried, oldest first */
  attempts: z.array(z.object({ at: time, provider: id, outcome: line }))
})
/** Why a job is where it is: counts by reason, the nearest offers, and what would help. */
export type WhyView = z.output<typeof whyView>

export const priceView = z.object({
  perJob: amountText,
  perCpuHour: amountText,
  perGiBHour: amountText,
  perDiskGiBHour: amountText,
  perGpuHour: amountText
})

export const offerView = z.object({
  id,
  account: id,
  peer: id.optional(),
  seq: uint,
  arch: z.string().max(16),
  engines: z.array(z.object({ kind: z.string().max(32), version: line })),
  networks: z.array(z.string().max(16)),
  capacity,
  free: capacity,
  price: priceView,
  collateralPercent: uint,
  labels: z.record(z.string(), line),
  addrs: z.array(line),
  /** this node's own */
  mine: z.boolean(),
  expiresAt: time
})
/** A provider's offer. Prices in smallest units: for a job, a core hour, a GiB hour and so on. */
export type OfferView = z.output<typeof offerView>

export const rankView = z.object({
  /** CID of the normalised specification */
  spec: id,
  candidates: z.array(z.object({ rank: uint, offer: id, account: id, ask: amountText, priceClass: uint })),
  refused: z.array(refusal),
  counts: z.array(count)
})
/** Who would run a job, best first, and why the others would not. */
export type RankView = z.output<typeof rankView>

export const rankRequest = z.strictObject({ spec: z.record(z.string(), z.unknown()) })
