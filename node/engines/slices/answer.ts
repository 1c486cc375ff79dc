import { ANSWER, MAX_SLICE_BYTES } from '../sandbox/messages.ts'
import { SliceError, type SliceReason } from './errors.ts'
import type { SliceResult } from './results.ts'

const FAILURES: Record<string, [SliceReason, string]> = {
  [ANSWER.tooLarge]: ['too-large', `the result has more than ${MAX_SLICE_BYTES} bytes in JSON`],
  [ANSWER.unsettled]: ['unsettled', 'the function’s promise can never settle: nothing is left to run']
}

/** What a line of a sandbox's answer says; one that makes no sense is the sandbox's fault. */
export function resultOf(index: number, line: string): SliceResult {
  const kind = line.slice(0, 1)
  const rest = line.slice(1)
  try {
    if (kind === ANSWER.value) return { index, ok: true, value: JSON.parse(rest) }
    const [reason, message] = FAILURES[kind] ?? ['threw', String(JSON.parse(rest))]
    return { index, ok: false, error: new SliceError(index, reason, message) }
  } catch {
    return { index, ok: false, error: new SliceError(index, 'engine-error', 'the sandbox is broken: no answer') }
  }
}
