import { parseDocument, stringify } from 'yaml'
import { InvalidInputError, messageOf, TooLargeError } from '../common/errors.ts'
import { SPEC } from './file-fields.ts'
import { parseSpec } from './parse-spec.ts'
import type { JobSpec } from './schema.ts'
import { specToFile } from './spec-file.ts'

/** Room for comments and YAML's indentation around a specification of 64 KiB. */
export const SPEC_TEXT_MAX_CHARS = 256 * 1024
/** Anchors are for repeating a value by hand; a file that unfolds into more is an attack. */
const MAX_ALIASES = 32

/**
 * What a YAML 1.2 or JSON text says, before its meaning is checked. One document; duplicate keys are errors.
 *
 * @throws InvalidInputError with line and column, TooLargeError
 */
export function parseYaml(source: string, what: string = SPEC): unknown {
  if (source.length > SPEC_TEXT_MAX_CHARS) {
    throw new TooLargeError(
      `${what} (characters)`,
      source.length,
      SPEC_TEXT_MAX_CHARS,
      'import large parts and name them by CID'
    )
  }
  try {
    const document = parseDocument(source, { version: '1.2', schema: 'core', merge: false, uniqueKeys: true })
    const problem = document.errors[0] ?? document.warnings[0]
    if (problem !== undefined) throw problem
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (cause) {
    throw new InvalidInputError(`${what} is not valid YAML or JSON: ${messageOf(cause)}`, {
      field: what,
      remedy: 'correct the text at the place named above',
      cause
    })
  }
}

/** The normalised specification of a file's text. @throws InvalidInputError, TooLargeError */
export function parseSpecText(source: string): JobSpec {
  return parseSpec(parseYaml(source))
}

/** The text of `spec.yaml`: reads back to the same specification. */
export function formatSpecText(spec: JobSpec): string {
  return stringify(specToFile(spec), { version: '1.2', schema: 'core', lineWidth: 0, aliasDuplicateObjects: false })
}
