import { type Ending, ended } from './conversation.ts'
import type { Sandbox } from './spawn.ts'

export const MEMORY_REASON = 'the program used more memory than resources.memoryBytes'

/** A sandbox that is gone without a word. V8 aborts when memory that it must have cannot be had. */
export async function crashed(sandbox: Sandbox): Promise<Ending> {
  const how = await sandbox.exited
  const memory =
    ['SIGTRAP', 'SIGABRT', 'SIGILL'].includes(how) || /out of memory|allocation failed/i.test(sandbox.lastWords)
  if (memory) return ended('out-of-memory', MEMORY_REASON)
  return ended('engine-error', `the sandbox ended unexpectedly (${how})`)
}
