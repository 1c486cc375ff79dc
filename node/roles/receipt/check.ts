import { isDeepStrictEqual } from 'node:util'
import { sha256 } from '../../../protocols/common/hash.ts'
import { type Hex, toHex } from '../../../protocols/common/values.ts'
import type { Receipt } from '../../../protocols/deal/receipt.ts'
import { decodeSpec } from '../../../protocols/job/encode-spec.ts'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import { dealDigest, hashDeal, recover, resultDigest } from '../../settlement/typed-data.ts'
import { faultOf, manifestOf } from '../creator/check-delivery.ts'
import { readable } from './receipt.ts'

export interface ReceiptCheck {
  /** stable name of what was looked at */
  check: 'terms' | 'creator' | 'provider' | 'specification' | 'result' | 'manifest' | 'acceptance' | 'files'
  holds: boolean
  detail: string
}

/**
 * Everything that a receipt says and that can be recomputed from it alone: who signed which terms, and that the result, its
 * manifest, its digest and what was committed belong together. What a chain made of the deal is not in it.
 */
export async function checkReceipt(receipt: Receipt): Promise<ReceiptCheck[]> {
  const { domain, deal, id, dealSignatures, result, resultSignatures } = receipt
  const terms = dealDigest(domain, deal)
  const signed = resultDigest(domain, result)
  const by = async (digest: Hex, signature: Hex | undefined) =>
    signature === undefined ? undefined : await recover(digest, signature)
  const agreed = await by(terms, dealSignatures.provider)
  const accepted = await by(signed, resultSignatures.creator)
  return [
    say('terms', hashDeal(deal) === id, `the terms are those of deal ${id}`),
    say('creator', (await by(terms, dealSignatures.creator)) === deal.creator, `${deal.creator} signed the terms`),
    say(
      'provider',
      (agreed === undefined ? dealSignatures.provider === undefined : agreed === deal.provider) &&
        (await by(signed, resultSignatures.provider)) === deal.provider,
      `${deal.provider} signed ${agreed === undefined ? 'the result' : 'the terms and the result'}`
    ),
    say('specification', toHex(sha256(receipt.spec)) === deal.spec, 'the specification is the one that the terms name'),
    resultCheck(receipt),
    manifestCheck(receipt),
    resultSignatures.creator === undefined
      ? say('acceptance', true, 'the creator has not accepted this result by a signature', '')
      : say('acceptance', accepted === deal.creator, `${deal.creator} accepted the result`)
  ]
}

/** The manifest, when it can be read. */
export function manifestIn({ manifestBytes, result, salt, resultSignatures }: Receipt): ResultManifest | undefined {
  try {
    return manifestOf({ manifest: manifestBytes, result, salt, signature: resultSignatures.provider })
  } catch {
    return undefined
  }
}

function resultCheck({ deal, id, spec, result, manifestBytes, salt, resultSignatures }: Receipt): ReceiptCheck {
  const delivery = { manifest: manifestBytes, result, salt, signature: resultSignatures.provider }
  const fault = result.deal === id ? faultOf({ deal, dealId: id }, decodeSpec(spec), delivery) : 'it is of another deal'
  const right = 'manifest, digest, commitment and charge belong together'
  return fault === undefined ? say('result', true, right) : { check: 'result', holds: false, detail: fault }
}

/** What the file shows people must be what was signed. */
function manifestCheck(receipt: Receipt): ReceiptCheck {
  const manifest = manifestIn(receipt)
  const isShown = manifest !== undefined && isDeepStrictEqual(receipt.manifest, readable(manifest))
  return say('manifest', isShown, 'what the file shows is what was signed')
}

function say(check: ReceiptCheck['check'], holds: boolean, sentence: string, not = 'not true: '): ReceiptCheck {
  return { check, holds, detail: holds ? sentence : `${not}${sentence}` }
}
