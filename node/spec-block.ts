import { encodeSpec } from '../protocols/job/encode-spec.ts'
import { parseSpec } from '../protocols/job/parse-spec.ts'

/**
 * A specification as it is named and signed: its one normalised form as canonical dag-cbor, and the CID of that. The same meaning
 * always has the same bytes; docs/jobs.md has the form.
 *
 * @param spec in the form of a file, with CIDs and pinned images only
 * @throws UserError InvalidInputError with the field, its value, the limit and a remedy; TooLargeError above 64 KiB
 * @example
 * ```ts
 * const { cid } = specBlock({ engine: { js: { source: 'export default () => 42' } } })
 * console.log(cid)
 * ```
 */
export function specBlock(spec: Readonly<Record<string, unknown>>): { cid: string; bytes: Uint8Array } {
  const { cid, bytes } = encodeSpec(parseSpec(spec))
  return { cid: cid.toString(), bytes }
}
