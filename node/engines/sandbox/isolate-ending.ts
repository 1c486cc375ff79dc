import type ivm from 'isolated-vm'
import type { SandboxEnd } from './messages.ts'

export const OUT_OF_MEMORY: Exclude<SandboxEnd, { status: 'exited' }> = {
  type: 'end',
  status: 'out-of-memory',
  reason: 'the program used more memory than resources.memoryBytes'
}

/** What an error that isolated-vm threw at a call into the isolate means. */
export function isolateEnding(isolate: ivm.Isolate, error: unknown): Exclude<SandboxEnd, { status: 'exited' }> {
  const message = error instanceof Error ? error.message : String(error)
  if (isolate.isDisposed || message.includes('memory limit')) return OUT_OF_MEMORY
  if (message === 'Script execution timed out.') {
    return { type: 'end', status: 'timeout', reason: 'the program ran longer than timeoutMs' }
  }
  return { type: 'end', status: 'engine-error', reason: `the sandbox failed: ${message.slice(0, 300)}` }
}
