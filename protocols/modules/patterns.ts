import { RE2JS } from 're2js'

/**
 * What a pattern unfolds to. On a text of the longest length that is allowed beside one, so much is a tenth of a second of work, and a
 * module has up to 64 inputs.
 */
export const MAX_PATTERN_STEPS = 512

/**
 * A pattern of a stranger, for strangers' defaults: JavaScript's own expressions try alternatives one after the other, and take years for
 * a text of forty characters. RE2 takes time in proportion to the text.
 *
 * @throws RE2JSException for what is no RE2 expression
 */
export const compilePattern = (pattern: string): RE2JS => RE2JS.compile(pattern)

/** Whether the whole text matches. */
export const matchesPattern = (pattern: string, text: string): boolean => compilePattern(pattern).testExact(text)
