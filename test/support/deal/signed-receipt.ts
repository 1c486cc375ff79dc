import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { commitmentOf } from '../../../node/roles/commitment.ts'
import { receiptText } from '../../../node/roles/receipt/receipt.ts'
import { noneSettlement } from '../../../node/settlement/none/index.ts'
import type { Settlement } from '../../../node/settlement/settlement.ts'
import { sha256 } from '../../../protocols/common/hash.ts'
import { fromHex, toHex } from '../../../protocols/common/values.ts'
import type { Attempt } from '../../../protocols/deal/creator-types.ts'
import type { Deal } from '../../../protocols/deal/schema.ts'
import { resultDigest } from '../../../protocols/job/digest.ts'
import { encodeSpec } from '../../../protocols/job/encode-spec.ts'
import { encodeManifest } from '../../../protocols/job/manifest.ts'
import type { ResultManifest } from '../../../protocols/job/schema.ts'
import { memoryStore } from '../../helpers/memory-store.ts'
import { toyCandidate, toyDeal, word } from './builders.ts'
import { noopSpec } from './proposal.ts'

const SPEC = noopSpec()

export const party = (): Settlement =>
  noneSettlement({ network: 'lab' })({ account: privateKeyToAccount(generatePrivateKey()), journal: memoryStore() })

/** The parts of a manifest that say what came out. */
export type Parts = Pick<ResultManifest, 'stdout' | 'stderr' | 'outputs' | 'result' | 'exitCode'>

/** A deal that two parties really signed, run and accepted, with what a test changes in its terms. */
export async function signedAttempt(parts: Parts, changes: Partial<Deal> = {}): Promise<Attempt> {
  const [creator, provider] = [party(), party()]
  const spec = encodeSpec(SPEC)
  const deal = toyDeal({
    creator: creator.account,
    provider: provider.account,
    spec: toHex(spec.cid.multihash.digest),
    ...changes
  })
  const dealId = creator.dealId(deal)
  const { bytes, digest } = manifestOf(deal, dealId, parts)
  const salt = word(4)
  const commitment = commitmentOf(dealId, toHex(digest), salt)
  const result = { deal: dealId, commitment, manifest: toHex(sha256(bytes)), charge: deal.price }
  return {
    candidate: toyCandidate(1),
    deal,
    dealId,
    creatorSignature: await creator.signDeal(deal),
    providerSignature: await provider.signDeal(deal),
    delivery: { manifest: bytes, salt, result, signature: await provider.signResult(result) },
    resultSignature: await creator.signResult(result)
  }
}

export const textOf = (attempt: Attempt): string => receiptText(party().domain, attempt, encodeSpec(SPEC).bytes) ?? ''

function manifestOf(deal: Deal, dealId: Attempt['dealId'], parts: Parts) {
  const digest = resultDigest({ outcome: 'exited', ...parts }, SPEC.verify.include)
  const manifest: ResultManifest = {
    version: 1,
    deal: fromHex(dealId),
    spec: encodeSpec(SPEC).cid,
    provider: deal.provider,
    outcome: 'exited',
    ...parts,
    usage: { wallMs: 1, cpuMs: 1, maxRssBytes: 1, inputBytes: 0, outputBytes: 0 },
    startedAt: 1,
    finishedAt: 2,
    logRoot: new Uint8Array(32),
    digest
  }
  return { bytes: encodeManifest(manifest).bytes, digest }
}
