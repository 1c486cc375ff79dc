import { type Block, cidOf, decodeCanonical, encode } from '../common/cbor.ts'
import { compact } from '../common/compact.ts'
import { TooLargeError } from '../common/errors.ts'
import { parse, toWire } from '../common/parse.ts'
import { checkRules } from './rules.ts'
import { JOB_LIMITS, type JobSpec, jobSpec } from './schema.ts'

const WHAT = 'job spec'

/** The block that names the job: canonical dag-cbor, at most 64 KiB. @throws InvalidInputError, TooLargeError */
export function encodeSpec(spec: JobSpec): Block {
  const bytes = encode(toWire(jobSpec, compact(spec), WHAT))
  checkRules(spec)
  if (bytes.byteLength > JOB_LIMITS.specBytes) {
    throw new TooLargeError(
      `${WHAT} (bytes)`,
      bytes.byteLength,
      JOB_LIMITS.specBytes,
      'import large parts and name them by CID'
    )
  }
  return { cid: cidOf(bytes), bytes }
}

/** A specification from a stranger: canonical, within limits, rules kept. @throws UserError of several names */
export function decodeSpec(bytes: Uint8Array): JobSpec {
  const spec = parse(jobSpec, decodeCanonical(bytes, WHAT, JOB_LIMITS.specBytes), WHAT)
  checkRules(spec)
  return spec
}
