import { equals } from 'uint8arrays/equals'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { toHex } from '../../../protocols/common/values.ts'
import type { Attempt } from '../../../protocols/deal/creator-types.ts'
import type { Delivery } from '../../../protocols/deal/messages.ts'
import { resultDigest } from '../../../protocols/job/digest.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { decodeManifest } from '../../../protocols/job/manifest.ts'
import type { JobSpec, ResultManifest } from '../../../protocols/job/schema.ts'
import type { Settlement } from '../../settlement/settlement.ts'
import { commitmentOf } from '../commitment.ts'

/**
 * Whether a delivery is this provider's word on this deal. What fails here was not signed by the provider at all, so it
 * is the sender's fault, not a bad result.
 *
 * @throws InvalidInputError
 */
export async function checkSigner(settlement: Settlement, attempt: Attempt, delivery: Delivery): Promise<void> {
  const { result, signature } = delivery
  const signer = await settlement.resultSigner(result, signature)
  if (signer !== attempt.deal.provider)
    throw new InvalidInputError('the result is not signed by the provider of the deal')
  if (result.deal !== attempt.dealId)
    throw new InvalidInputError('the result is of another deal', { value: result.deal })
}

/** What is wrong with a signed result before any file of it was fetched; undefined when nothing is. */
export function faultOf(
  attempt: Pick<Attempt, 'deal' | 'dealId'>,
  spec: JobSpec,
  delivery: Delivery
): string | undefined {
  const { result, manifest: bytes, salt } = delivery
  if (toHex(sha256(bytes)) !== result.manifest) return 'the manifest is not the one the provider signed'
  const manifest = readable(bytes)
  if (manifest === undefined) return 'the manifest that the provider signed cannot be read'
  const digest = resultDigest(manifest, spec.verify.include)
  const checks: [boolean, string][] = [
    [toHex(manifest.deal) === attempt.dealId, 'the manifest is of another deal'],
    [manifest.spec.equals(encodeSpec(spec).cid), 'the manifest is of another specification'],
    [manifest.provider === attempt.deal.provider, 'the manifest names another provider'],
    [equals(digest, manifest.digest), 'the digest does not follow from the parts of the result'],
    [commitmentOf(result.deal, toHex(digest), salt) === result.commitment, 'the commitment does not fit the digest'],
    [result.charge <= attempt.deal.price, 'the charge is above the price']
  ]
  return checks.find(([holds]) => !holds)?.[1]
}

/** The manifest of a delivery that `faultOf` found nothing wrong with. */
export function manifestOf(delivery: Delivery): ResultManifest {
  return decodeManifest(delivery.manifest)
}

function readable(bytes: Uint8Array): ResultManifest | undefined {
  try {
    return decodeManifest(bytes)
  } catch {
    return undefined
  }
}
