import { CID } from 'multiformats/cid'

/** The same value without properties that are undefined: dag-cbor has no undefined, absent is the one form of absent. */
export function compact<T>(value: T): T {
  return compactUnknown(value) as T
}

function compactUnknown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compactUnknown)
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array || CID.asCID(value) !== null)
    return value
  const out: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) out[key] = compactUnknown(inner)
  return out
}
