import type { DealDomain } from '../../protocols/deal/typed-data.ts'
import type { Settlement } from './settlement.ts'
import {
  closeDigest,
  dealDigest,
  hashDeal,
  recover,
  resultDigest,
  signClose,
  signDeal,
  signResult,
  type TypedDataSigner
} from './typed-data.ts'

/** The part of Settlement that needs no chain: the same for every implementation. */
export type Signatures = Pick<
  Settlement,
  'dealId' | 'signDeal' | 'signResult' | 'signClose' | 'dealSigner' | 'resultSigner' | 'closeSigner'
>

/** Signing and recovery of deal messages under one EIP-712 domain. */
export function signatures(domain: DealDomain, signer: TypedDataSigner): Signatures {
  return {
    dealId: hashDeal,
    signDeal: deal => signDeal(signer, domain, deal),
    signResult: result => signResult(signer, domain, result),
    signClose: close => signClose(signer, domain, close),
    dealSigner: (deal, signature) => recover(dealDigest(domain, deal), signature),
    resultSigner: (result, signature) => recover(resultDigest(domain, result), signature),
    closeSigner: (close, signature) => recover(closeDigest(domain, close), signature)
  }
}
