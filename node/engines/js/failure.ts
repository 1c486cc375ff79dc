import type ivm from 'isolated-vm'
import { OUT_OF_MEMORY } from '../sandbox/isolate-ending.ts'
import type { SandboxEnd } from '../sandbox/messages.ts'

/**
 * The limit that ended a call into the isolate. undefined: what came out of it was thrown by the program, or is a rejection that it left
 * alone, whatever its text says: a program must not choose an outcome that costs its owner nothing.
 */
export function brokenLimit(isolate: ivm.Isolate, deadline: number): SandboxEnd | undefined {
  if (isolate.isDisposed) return OUT_OF_MEMORY
  if (performance.now() < deadline) return undefined
  return { type: 'end', status: 'timeout', reason: 'the program ran longer than timeoutMs' }
}

/** For one entry into the isolate. Each carries the time that is left: a loop in a callback would otherwise run for ever. */
export function timeLeft(deadline: number): { timeout: number } {
  return { timeout: Math.max(1, Math.ceil(deadline - performance.now())) }
}

/** The program's own part of a stack: what follows the boundary tells of this process and its paths. */
export function stackOf(error: unknown): string {
  const text = error instanceof Error ? String(error.stack ?? error) : String(error)
  return text
    .split('\n')
    .filter(line => !line.includes('<isolated-vm boundary>') && !line.includes('file://'))
    .join('\n')
}
