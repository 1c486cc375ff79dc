import type { Attempt } from '../../../protocols/deal/creator-types.ts'
import { encodeReceipt, type Receipt } from '../../../protocols/deal/receipt.ts'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import type { SettlementDomain } from '../../settlement/settlement.ts'
import { manifestOf } from '../creator/check-delivery.ts'
import { plainJson } from '../plain-json.ts'

/** The text of receipt.json as far as the attempt has come; undefined while its provider has not signed a result. */
export function receiptText(domain: SettlementDomain, attempt: Attempt, spec: Uint8Array): string | undefined {
  const { deal, dealId, creatorSignature, providerSignature, delivery, resultSignature } = attempt
  if (delivery === undefined) return undefined
  const { result, manifest: manifestBytes, salt, signature } = delivery
  const agreed = providerSignature === undefined ? {} : { provider: providerSignature }
  const accepted = resultSignature === undefined ? {} : { creator: resultSignature }
  return encodeReceipt({
    version: 1,
    domain,
    id: dealId,
    deal,
    dealSignatures: { creator: creatorSignature, ...agreed },
    spec,
    result,
    manifestBytes,
    salt,
    resultSignatures: { provider: signature, ...accepted },
    manifest: readable(manifestOf(delivery))
  })
}

/** A manifest for people: amounts as text, digests as hex, CIDs as text. */
export function readable(manifest: ResultManifest): Receipt['manifest'] {
  return JSON.parse(plainJson(manifest)) as Receipt['manifest']
}
