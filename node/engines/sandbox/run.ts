import { setTimeout as timer } from 'node:timers'
import { messageOf } from '../../../protocols/common/errors.ts'
import type { Resources } from '../../../protocols/job/schema.ts'
import type { JobDirs, RunOptions, RunOutcome } from '../engine.ts'
import { Conversation, type Ending, ended } from './conversation.ts'
import { crashed, MEMORY_REASON } from './crashed.ts'
import type { SandboxJob } from './job.ts'
import { QuotaError } from './ledger.ts'
import { CPU_SLACK, RSS_OVERHEAD_BYTES, WALL_GRACE_MS } from './limits.ts'
import type { Sandbox } from './spawn.ts'
import { Watch } from './watch.ts'

/** A program that is over gets this long to hand out what it left in memory, and more by its size: a slow disk takes this much. */
const COLLECT_MS = 10_000
const COLLECT_BYTES_PER_MS = 32 * 1024

/** Runs one job in a sandbox, which is dead afterwards. Never rejects. */
export async function runInSandbox(
  sandbox: Sandbox,
  job: SandboxJob,
  dirs: JobDirs,
  options: RunOptions
): Promise<RunOutcome> {
  const { timeoutMs } = job.run
  const { resources } = job.spec
  const started = performance.now()
  let verdict: Ending | undefined
  const stop = (why: Ending) => {
    verdict ??= why
    void sandbox.kill()
  }
  let collecting = false
  const limits = {
    rssBytes: resources.memoryBytes + RSS_OVERHEAD_BYTES,
    cpuMs: timeoutMs * Math.max(1, resources.cpuMillis / 1000) * CPU_SLACK
  }
  const watch = new Watch(sandbox.pid, limits, what => {
    if (what === 'memory') stop(ended('out-of-memory', MEMORY_REASON))
    else if (!collecting) stop(ended('timeout', TIME_REASON))
  })
  let wall = timer(() => stop(ended('timeout', TIME_REASON)), timeoutMs + WALL_GRACE_MS)
  const onCollecting = () => {
    if (collecting) return
    collecting = true
    clearTimeout(wall)
    wall = timer(() => stop(ended('engine-error', COLLECT_REASON)), collectMs(resources))
  }
  const onAbort = () => stop(ended('cancelled', 'the run was cancelled'))
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    if (options.signal?.aborted === true) onAbort()
    const end = await new Conversation({ sandbox, job, dirs, onLog: options.onLog, onCollecting }).untilEnd()
    verdict ??= end
  } catch (error) {
    verdict ??= asEnding(error)
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
    clearTimeout(wall)
  }
  const usage = watch.stop()
  await sandbox.kill()
  return {
    ...(verdict ?? (await crashed(sandbox))),
    usage: { wallMs: Math.round(performance.now() - started), ...usage }
  }
}

const TIME_REASON = 'the program ran longer than timeoutMs'
const COLLECT_REASON = 'the outputs could not be taken in time'

function collectMs({ memoryBytes, diskBytes }: Resources): number {
  return COLLECT_MS + Math.min(memoryBytes, diskBytes) / COLLECT_BYTES_PER_MS
}

function asEnding(error: unknown): Ending {
  if (error instanceof QuotaError) return ended('disk-full', error.message)
  return ended('engine-error', `the sandbox could not be served: ${messageOf(error)}`)
}
