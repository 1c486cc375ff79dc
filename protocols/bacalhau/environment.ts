import { encode } from '../common/cbor.ts'
import { sha256 } from '../common/hash.ts'
import { toHex } from '../common/values.ts'
import { NotConvertibleError } from '../modules/errors.ts'

interface Part {
  type: string
  index: number
  of: number
  /** what else the job is made of: equal jobs have equal ids, as equal specifications have */
  fixed: Record<string, unknown>
}

/** A variable of the provider's own host, which nobody but its operator may give away. */
const FORWARDED = /^env:/

/**
 * The variables of a part: its own, and those that Bacalhau adds to each execution. Ids follow from the content, because the
 * specification is signed before the job has an id of its own.
 *
 * @throws NotConvertibleError
 */
export function environmentOf(
  field: string,
  own: Readonly<Record<string, string>>,
  { type, index, of, fixed }: Part
): Record<string, string> {
  for (const [name, value] of Object.entries(own)) {
    if (name.toUpperCase().startsWith('BACALHAU_'))
      throw new NotConvertibleError(`${field}.${name}`, 'BACALHAU_ is reserved, as there', 'choose another name', name)
    if (FORWARDED.test(value))
      throw new NotConvertibleError(
        `${field}.${name}`,
        'a provider does not give away variables of its host',
        'write the value itself',
        value
      )
  }
  const job = id(encode(JSON.stringify([fixed, own])))
  return {
    ...own,
    BACALHAU_JOB_ID: `j-${job}`,
    BACALHAU_EXECUTION_ID: `e-${id(encode(`${job}/${index}/${of}`))}`,
    BACALHAU_JOB_TYPE: type,
    BACALHAU_PARTITION_INDEX: String(index),
    BACALHAU_PARTITION_COUNT: String(of)
  }
}

/** In the form of a UUID, as programs expect it. */
function id(bytes: Uint8Array): string {
  const hex = toHex(sha256(bytes)).slice(2, 34)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
