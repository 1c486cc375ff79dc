import { verifyEd25519 } from '../../protocols/common/ed25519.ts'
import type { MatchChecks } from '../../protocols/matching/verify/statements.ts'
import { dealDigest, recover, verifyBind } from './typed-data.ts'

/** The signature schemes that a match is checked with; they need no chain. */
export const matchChecks: MatchChecks = {
  verifyEd25519,
  verifyBind,
  dealSigner: (domain, deal, signature) => recover(dealDigest(domain, deal), signature)
}
