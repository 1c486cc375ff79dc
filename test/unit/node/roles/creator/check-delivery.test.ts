import assert from 'node:assert/strict'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { commitmentOf } from '../../../../../node/roles/commitment.ts'
import { checkSigner, faultOf, manifestOf } from '../../../../../node/roles/creator/check-delivery.ts'
import { noneSettlement } from '../../../../../node/settlement/none/index.ts'
import type { Settlement } from '../../../../../node/settlement/settlement.ts'
import { cidFromDigest } from '../../../../../protocols/common/cbor.ts'
import { sha256 } from '../../../../../protocols/common/hash.ts'
import { type Address, fromHex, toHex } from '../../../../../protocols/common/values.ts'
import type { Attempt } from '../../../../../protocols/deal/creator-types.ts'
import type { Delivery } from '../../../../../protocols/deal/messages.ts'
import type { Result } from '../../../../../protocols/deal/schema.ts'
import { resultDigest } from '../../../../../protocols/job/digest.ts'
import { encodeSpec } from '../../../../../protocols/job/encode-spec.ts'
import { encodeManifest } from '../../../../../protocols/job/manifest.ts'
import type { ResultManifest } from '../../../../../protocols/job/schema.ts'
import { memoryStore } from '../../../../helpers/memory-store.ts'
import { CREATOR, signature, toyAttempt, word } from '../../../../support/deal/builders.ts'
import { noopSpec } from '../../../../support/deal/proposal.ts'

const SPEC = noopSpec()
const SALT = word(4)
const part = (n: number) => cidFromDigest(new Uint8Array(32).fill(n))

function party(): { settlement: Settlement; address: Address } {
  const account = privateKeyToAccount(generatePrivateKey())
  const settlement = noneSettlement({ network: 'lab' })({ account, journal: memoryStore() })
  return { settlement, address: account.address.toLowerCase() as Address }
}

describe('roles/creator/check-delivery', () => {
  const creator = party()
  const provider = party()
  const attempt: Attempt = toyAttempt(1, { creator: CREATOR, provider: provider.address })
  attempt.dealId = creator.settlement.dealId(attempt.deal)

  const manifest = (changes: Partial<ResultManifest> = {}): ResultManifest => {
    const parts = { outcome: 'exited' as const, exitCode: 0, stdout: part(1), outputs: part(3) }
    return {
      version: 1,
      deal: fromHex(attempt.dealId),
      spec: encodeSpec(SPEC).cid,
      provider: provider.address,
      ...parts,
      stderr: part(2),
      result: part(4),
      usage: { wallMs: 1, cpuMs: 1, maxRssBytes: 1, inputBytes: 0, outputBytes: 0 },
      startedAt: 1,
      finishedAt: 2,
      logRoot: new Uint8Array(32),
      digest: resultDigest(parts, SPEC.verify.include),
      ...changes
    }
  }
  /** A delivery that the provider really signed, with what a test spoils in it. */
  const deliver = async (changes: Partial<ResultManifest> = {}, terms: Partial<Result> = {}): Promise<Delivery> => {
    const made = manifest(changes)
    const { bytes } = encodeManifest(made)
    const result: Result = {
      deal: attempt.dealId,
      commitment: commitmentOf(attempt.dealId, toHex(made.digest), SALT),
      manifest: toHex(sha256(bytes)),
      charge: attempt.deal.price,
      ...terms
    }
    return { manifest: bytes, salt: SALT, result, signature: await provider.settlement.signResult(result) }
  }

  it('default: an honest delivery has no fault', async () => {
    const delivery = await deliver()
    await checkSigner(creator.settlement, attempt, delivery)
    assert.equal(faultOf(attempt, SPEC, delivery), undefined)
    assert.equal(manifestOf(delivery).outcome, 'exited')
    assert.equal(faultOf(attempt, SPEC, await deliver({}, { charge: 0n })), undefined)
  })

  it("error: what the provider did not sign is the sender's fault", async () => {
    const delivery = await deliver()
    const stranger = await party().settlement.signResult(delivery.result)
    const changed = { ...delivery, result: { ...delivery.result, charge: 1n } }
    for (const bad of [{ ...delivery, signature: stranger }, { ...delivery, signature: signature(1) }, changed]) {
      await assert.rejects(checkSigner(creator.settlement, attempt, bad), { name: 'InvalidInputError' })
    }
    const other = await deliver({}, { deal: word(9) })
    await assert.rejects(checkSigner(creator.settlement, attempt, other), { name: 'InvalidInputError' })
  })

  const FAULTS: [string, Partial<ResultManifest>, Partial<Result>][] = [
    ['another manifest', {}, { manifest: word(9) }],
    ['a manifest of another deal', { deal: new Uint8Array(32) }, {}],
    ['another specification', { spec: part(9) }, {}],
    ['another provider', { provider: CREATOR }, {}],
    ['a digest that does not follow from the parts', { digest: new Uint8Array(32) }, {}],
    ['parts that do not fit the digest', { stdout: part(9) }, {}],
    ['an exit code that does not fit the digest', { exitCode: 1 }, {}],
    ['another commitment', {}, { commitment: word(9) }],
    ['a charge above the price', {}, { charge: attempt.deal.price + 1n }]
  ]
  for (const [what, changes, terms] of FAULTS) {
    it(`error: ${what}`, async () => {
      const delivery = await deliver(changes, terms)
      await checkSigner(creator.settlement, attempt, delivery)
      assert.equal(typeof faultOf(attempt, SPEC, delivery), 'string')
    })
  }

  it('error: a signed manifest that nobody can read is a bad result, not an error', async () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0xa0), new Uint8Array(4_000).fill(0x81)]) {
      const result = { ...(await deliver()).result, manifest: toHex(sha256(bytes)) }
      const sent = { manifest: bytes, salt: SALT, result, signature: await provider.settlement.signResult(result) }
      assert.equal(typeof faultOf(attempt, SPEC, sent), 'string')
    }
  })
})
