import { z } from 'zod'
import { InvalidInputError, messageOf, TooLargeError } from '../common/errors.ts'
import { parse, toWire } from '../common/parse.ts'
import { type Address, fromHex, type Hex, MAX_AMOUNT, toHex, uint } from '../common/values.ts'
import { JOB_LIMITS, MANIFEST_MAX_BYTES } from '../job/schema.ts'

const hexOf = (bytes: number) =>
  z.custom<Hex>(v => typeof v === 'string' && v.length === 2 + 2 * bytes && /^0x[0-9a-f]+$/.test(v), {
    error: `expected 0x and ${2 * bytes} lower-case hex digits`
  })
const account = hexOf(20) as z.ZodType<Address, Address>
const digest = hexOf(32)
const signature = hexOf(65)

const hexBytes = (max: number) =>
  z.codec(
    z
      .string()
      .max(2 + 2 * max)
      .regex(/^0x([0-9a-f]{2})*$/, 'expected 0x and pairs of lower-case hex digits'),
    z.custom<Uint8Array>(v => v instanceof Uint8Array),
    { decode: text => fromHex(text as Hex), encode: toHex }
  )

const decimal = (max: bigint) =>
  z.codec(z.string().regex(/^(0|[1-9]\d{0,77})$/, 'expected a whole number'), z.bigint().min(0n).max(max), {
    decode: BigInt,
    encode: String
  })
const amount = decimal(MAX_AMOUNT)

/** The terms as JSON; field for field those of `deal`. */
const terms = z.strictObject({
  job: digest,
  spec: digest,
  certificate: digest,
  creator: account,
  provider: account,
  price: amount,
  collateral: amount,
  seatFee: amount,
  submitWindow: uint,
  reviewWindow: uint,
  voteWindow: uint,
  committee: z.union([z.literal(0), z.literal(3)]),
  needs: uint,
  openBefore: uint,
  nonce: decimal(2n ** 256n - 1n)
})

/**
 * What a job came to, as a file that a stranger can check without asking anybody: the terms that both sides signed, the result
 * that the provider signed and, once it was accepted, the creator's signature on the same. See docs/receipt.md.
 */
const receipt = z.strictObject({
  version: z.literal(1),
  /** what the signatures are bound to: an escrow on its chain, or (0, zero address, salt) a network without one */
  domain: z.strictObject({ chainId: uint, escrow: account, salt: digest.optional() }),
  id: digest,
  deal: terms,
  /** the provider's may have been lost on its way: its signature on a result of this deal says the same */
  dealSignatures: z.strictObject({ creator: signature, provider: signature.optional() }),
  /** dag-cbor of the job specification: what `deal.spec` is the digest of */
  spec: hexBytes(JOB_LIMITS.specBytes),
  result: z.strictObject({ deal: digest, commitment: digest, manifest: digest, charge: amount }),
  /** dag-cbor of the result manifest: what `result.manifest` is the digest of */
  manifestBytes: hexBytes(MANIFEST_MAX_BYTES),
  salt: digest,
  /** without the creator's the result was not accepted, at least not by a signature */
  resultSignatures: z.strictObject({ provider: signature, creator: signature.optional() }),
  /** the same manifest for people */
  manifest: z.json()
})
export type Receipt = z.output<typeof receipt>

/** Twice the bytes in hex, and the rest. */
export const RECEIPT_MAX_CHARS = 2 * (JOB_LIMITS.specBytes + MANIFEST_MAX_BYTES) + 32 * 1024
const WHAT = 'receipt'

/** @throws InvalidInputError */
export function encodeReceipt(value: Receipt): string {
  return `${JSON.stringify(toWire(receipt, value, WHAT), null, 2)}\n`
}

/**
 * Well-formed, nothing of it checked yet.
 *
 * @param what of errors: the file it was in
 * @throws InvalidInputError, TooLargeError
 */
export function parseReceipt(text: string, what = WHAT): Receipt {
  if (text.length > RECEIPT_MAX_CHARS) throw new TooLargeError(`${what} (characters)`, text.length, RECEIPT_MAX_CHARS)
  return parse(receipt, json(text, what), what)
}

function json(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const remedy = 'name the receipt.json of a job'
    throw new InvalidInputError(`${what}: no JSON: ${messageOf(cause)}`, { field: WHAT, remedy, cause })
  }
}
