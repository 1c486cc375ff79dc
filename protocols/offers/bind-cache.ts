import type { Hex } from '../common/values.ts'
import type { Bind } from './schema.ts'
import { isSameBind } from './sharing.ts'
import type { VerifyBind } from './verify-fact.ts'

/** One Bind per live account: as many as a full book has accounts, at about 100 bytes each. */
const MAX_ENTRIES = 10_000

/**
 * Checks each Bind once. Only good ones are remembered: bad ones cost their sender its standing, and must not push good
 * ones out.
 */
export function cachedBindVerifier(verify: VerifyBind, maxEntries: number = MAX_ENTRIES): VerifyBind {
  const good = new Map<Hex, Bind>()
  return async binding => {
    const { signature } = binding
    const known = good.get(signature)
    if (known !== undefined && isSameBind(known, binding)) {
      // the map's first key is the one unused for longest
      good.delete(signature)
      good.set(signature, known)
      return true
    }
    if (!(await verify(binding))) return false
    good.set(signature, binding)
    if (good.size > maxEntries) good.delete(good.keys().next().value ?? signature)
    return true
  }
}
