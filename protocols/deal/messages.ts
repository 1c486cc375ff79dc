import { z } from 'zod'
import { decodeCanonical, encode } from '../common/cbor.ts'
import { parse, toWire } from '../common/parse.ts'
import { address, bytes32, bytesUpTo, cid, signature65, text, uint } from '../common/values.ts'
import { JOB_LIMITS, MANIFEST_MAX_BYTES } from '../job/schema.ts'
import { bind, OFFER_LIMITS } from '../offers/schema.ts'
import { dealProgress } from './progress.ts'
import { deal, result } from './schema.ts'

/** Stream protocol of a deal: one request, one reply, then the stream ends. See docs/deal.md. */
export const DEAL_PROTOCOL = '/dcn/deal/1.0.0'

export const DEAL_LIMITS = {
  /** spec, job offer, certificate and terms with room for their framing */
  requestBytes: JOB_LIMITS.specBytes + OFFER_LIMITS.factBytes + 32 * 1024,
  /** a refusal with its evidence */
  replyBytes: 16 * OFFER_LIMITS.factBytes + 8 * 1024,
  certificateBytes: 24 * 1024,
  evidence: 16,
  /** a creator that agrees and does not serve its inputs ties up room until openBefore: it may do so this often */
  unopenedPerCreator: 16
} as const

/** Why a provider says no. Codes are stable; `detail` is for people. */
export const REFUSAL_REASONS = [
  'no-room',
  'infeasible',
  'price-changed',
  'terms-differ',
  'offer-unknown',
  'not-allowed',
  'too-many-unopened',
  'draining',
  'no-funds',
  'bad-proposal'
] as const

export const refusalBody = z.strictObject({
  version: z.literal(1),
  /** id of the job offer */
  job: cid,
  provider: address,
  reason: z.enum(REFUSAL_REASONS),
  detail: text(300),
  /** unix ms when room is expected, with `no-room` */
  freeAtMs: uint.optional(),
  /** unix ms until which room is kept for this job, with `no-room`: what the proposal asked for (holds.ts) */
  holdUntilMs: uint.optional(),
  round: uint
})
export type RefusalBody = z.output<typeof refusalBody>

const fact = bytesUpTo(OFFER_LIMITS.factBytes)
/** A refusal is signed with the provider's libp2p key, so that a certificate can show why a rank was passed over. */
export const refusal = z.strictObject({ body: bytesUpTo(1024), signature: bytesUpTo(64) })
export type Refusal = z.output<typeof refusal>

/** What a provider hands over when the work is done. */
export const delivery = z.strictObject({
  manifest: bytesUpTo(MANIFEST_MAX_BYTES),
  salt: bytes32,
  result,
  signature: signature65
})
export type Delivery = z.output<typeof delivery>

export const PROVIDER_STEPS = [
  'unknown',
  'preparing',
  'opening',
  'running',
  'publishing',
  'delivering',
  'submitted',
  'settled',
  'failed'
] as const

export const request = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('propose'),
    jobOffer: fact,
    spec: bytesUpTo(JOB_LIMITS.specBytes),
    certificate: bytesUpTo(DEAL_LIMITS.certificateBytes),
    /** the resource offer whose price this takes */
    offer: cid,
    deal,
    signature: signature65,
    /** keep room for this job if there is none now: it has waited long */
    hold: z.literal(true).optional()
  }),
  z.strictObject({ type: z.literal('status'), deal: bytes32 }),
  z.strictObject({ type: z.literal('accept'), deal: bytes32, signature: signature65 }),
  z.strictObject({ type: z.literal('reject'), deal: bytes32, reason: text(300) }),
  z.strictObject({ type: z.literal('cancel'), deal: bytes32 }),
  z.strictObject({ type: z.literal('deliver'), deal: bytes32, delivery }),
  z.strictObject({ type: z.literal('failed'), deal: bytes32, reason: text(300) }),
  /** of a private job; `bind` says whose account a judge is */
  z.strictObject({ type: z.literal('key'), deal: bytes32, bind })
])
export type Request = z.output<typeof request>
export type Propose = Extract<Request, { type: 'propose' }>

export const reply = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('agree'), signature: signature65 }),
  z.strictObject({ type: z.literal('refuse'), refusal, evidence: z.array(fact).max(DEAL_LIMITS.evidence) }),
  z.strictObject({
    type: z.literal('status'),
    step: z.enum(PROVIDER_STEPS),
    reason: text(300).optional(),
    /** while it prepares */
    progress: dealProgress.optional(),
    delivery: delivery.optional()
  }),
  z.strictObject({ type: z.literal('ok') }),
  z.strictObject({ type: z.literal('key'), key: text(128) })
])
export type Reply = z.output<typeof reply>

export const encodeRequest = (r: Request): Uint8Array => encode(toWire(request, r, 'deal request'))
export const encodeReply = (r: Reply): Uint8Array => encode(toWire(reply, r, 'deal reply'))
export const decodeRequest = (bytes: Uint8Array): Request =>
  parse(request, decodeCanonical(bytes, 'deal request', DEAL_LIMITS.requestBytes), 'deal request')
export const decodeReply = (bytes: Uint8Array): Reply =>
  parse(reply, decodeCanonical(bytes, 'deal reply', DEAL_LIMITS.replyBytes), 'deal reply')

export const encodeRefusal = (body: RefusalBody): Uint8Array => encode(toWire(refusalBody, body, 'refusal'))
export const decodeRefusal = (bytes: Uint8Array): RefusalBody =>
  parse(refusalBody, decodeCanonical(bytes, 'refusal', 1024), 'refusal')
