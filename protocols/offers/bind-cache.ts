import { encode } from '../common/cbor.ts'
import { sha256 } from '../common/hash.ts'
import { toWire } from '../common/parse.ts'
import { type Hex, toHex } from '../common/values.ts'
import { type Bind, bind } from './schema.ts'
import type { VerifyBind } from './verify-fact.ts'

/** One Bind per live account: as many as a full book has accounts, at about 100 bytes each. */
const MAX_ENTRIES = 10_000

/** The name of a Bind: sha2-256 of its dag-cbor, signature included. */
export function bindHash(binding: Bind): Hex {
  return toHex(sha256(encode(toWire(bind, binding, 'bind'))))
}

/**
 * Checks each Bind once. Only good ones are remembered: bad ones cost their sender its standing, and must not push good
 * ones out.
 */
export function cachedBindVerifier(verify: VerifyBind, maxEntries: number = MAX_ENTRIES): VerifyBind {
  const good = new Set<Hex>()
  return async binding => {
    const name = bindHash(binding)
    if (good.delete(name)) {
      good.add(name)
      return true
    }
    if (!(await verify(binding))) return false
    good.add(name)
    for (const oldest of good) {
      if (good.size <= maxEntries) break
      good.delete(oldest)
    }
    return true
  }
}
