import { Lexer, parseDocument, stringify } from 'yaml'
import { InvalidInputError, messageOf, TooLargeError } from '../common/errors.ts'
import { SPEC } from './file-fields.ts'
import { parseSpec } from './parse-spec.ts'
import type { JobSpec } from './schema.ts'
import { specToFile } from './spec-file.ts'

/** Room for comments and YAML's indentation around a specification of 64 KiB. */
export const SPEC_TEXT_MAX_CHARS = 256 * 1024
/** Anchors are for repeating a value by hand; a file that unfolds into more is an attack. */
const MAX_ALIASES = 32
/** The parser takes quadratic time in keys and anchors; the largest specification that passes its limits has 10,000 tokens. */
const MAX_TOKENS = 20_000
/** A specification nests five deep. */
const MAX_FLOW_DEPTH = 64
/** The lexer puts this before the text of a scalar. */
const SCALAR_MARK = '\u001f'

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
    checkTokens(source)
    const document = parseDocument(source, { version: '1.2', schema: 'core', merge: false, uniqueKeys: true })
    const problem = document.errors[0] ?? document.warnings[0]
    if (problem !== undefined) throw problem
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (cause) {
    // below its first line the parser draws the place, for terminals alone
    const problem = messageOf(cause).split('\n', 1)[0]?.replace(/:$/, '')
    throw new InvalidInputError(`${what} is not valid YAML or JSON: ${problem}`, {
      field: what,
      remedy: 'correct the text at the place named above',
      cause
    })
  }
}

/** Stops what would keep the parser busy for seconds: lexing alone is linear. */
function checkTokens(source: string): void {
  let tokens = 0
  let anchors = 0
  let depth = 0
  let scalar = false
  for (const token of new Lexer().lex(source)) {
    if (++tokens > MAX_TOKENS) throw new RangeError(`more than ${MAX_TOKENS} tokens`)
    if (!scalar && token.startsWith('&') && ++anchors > MAX_ALIASES)
      throw new RangeError(`more than ${MAX_ALIASES} anchors`)
    if (!scalar) depth = Math.max(0, depth + (FLOW_DEPTH[token] ?? 0))
    if (depth > MAX_FLOW_DEPTH) throw new RangeError(`nested deeper than ${MAX_FLOW_DEPTH}`)
    scalar = token === SCALAR_MARK
  }
}

const FLOW_DEPTH: Readonly<Record<string, number>> = Object.assign(Object.create(null), {
  '[': 1,
  '{': 1,
  ']': -1,
  '}': -1
})

/** The normalised specification of a file's text. @throws InvalidInputError, TooLargeError */
export function parseSpecText(source: string): JobSpec {
  return parseSpec(parseYaml(source))
}

/** The text of `spec.yaml`: reads back to the same specification. */
export function formatSpecText(spec: JobSpec): string {
  return stringify(specToFile(spec), { version: '1.2', schema: 'core', lineWidth: 0, aliasDuplicateObjects: false })
}
