const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
const ALL_UNSEEN = new RegExp(UNSEEN, 'g')

/**
 * Text of strangers on a terminal: control characters could move the cursor, change the title or hide a line, so they are
 * shown as what they are.
 */
export function clean(text: string, keepLines = false): string {
  // nearly every cell of a long table is
  if (!UNSEEN.test(text)) return text
  return text.replace(ALL_UNSEEN, c =>
    keepLines && (c === '\n' || c === '\t') ? c : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`
  )
}
