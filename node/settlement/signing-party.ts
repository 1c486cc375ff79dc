import type { Address, Hex } from '../../protocols/common/values.ts'
import type { Close, Deal, Result } from '../../protocols/deal/schema.ts'
import type { SettlementDomain } from './settlement.ts'
import { SignerMemo } from './signer-memo.ts'
import {
  closeDigest,
  dealDigest,
  hashDeal,
  lower,
  recover,
  resultDigest,
  signChallenge,
  signClose,
  signDeal,
  signResult,
  type TypedDataSigner
} from './typed-data.ts'

/** The part of Settlement that needs no chain: one account that signs and checks deal messages under one domain. */
export abstract class SigningParty {
  readonly domain: SettlementDomain
  readonly account: Address
  readonly #signer: TypedDataSigner
  readonly #signers = new SignerMemo(recover)

  constructor(domain: SettlementDomain, signer: TypedDataSigner) {
    this.domain = domain
    this.account = lower(signer.address)
    this.#signer = signer
  }

  dealId(deal: Deal): Hex {
    return hashDeal(deal)
  }

  async signDeal(deal: Deal): Promise<Hex> {
    const signature = await signDeal(this.#signer, this.domain, deal)
    this.#signers.note(dealDigest(this.domain, deal), signature, this.account)
    return signature
  }

  async signResult(result: Result): Promise<Hex> {
    const signature = await signResult(this.#signer, this.domain, result)
    this.#signers.note(resultDigest(this.domain, result), signature, this.account)
    return signature
  }

  signClose(close: Close): Promise<Hex> {
    return signClose(this.#signer, this.domain, close)
  }

  signChallenge(result: Result): Promise<Hex> {
    return signChallenge(this.#signer, this.domain, result)
  }

  dealSigner(deal: Deal, signature: Hex): Promise<Address | undefined> {
    return this.#signers.signerOf(dealDigest(this.domain, deal), signature)
  }

  resultSigner(result: Result, signature: Hex): Promise<Address | undefined> {
    return this.#signers.signerOf(resultDigest(this.domain, result), signature)
  }

  closeSigner(close: Close, signature: Hex): Promise<Address | undefined> {
    return this.#signers.signerOf(closeDigest(this.domain, close), signature)
  }
}
