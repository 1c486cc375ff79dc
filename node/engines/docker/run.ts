import type Docker from 'dockerode'
import { messageOf } from '../../../protocols/common/errors.ts'
import { type Collected, collectOutput, nothingCollected } from '../collect.ts'
import type { JobDirs, RunOptions, RunOutcome } from '../engine.ts'
import { type ContainerUsage, usageOf } from './cgroup.ts'
import type { JobDisk } from './disk.ts'
import { counted, LogDemuxer, pumpLogs } from './logs.ts'
import { because, type Ending, outcomeOf, startFailure } from './outcome.ts'
import { saidBy } from './trouble.ts'

/** Between two looks at disk and usage. */
const POLL_MS = 50
/** All processes of the container are dead: what is still on its way arrives at once or not at all. */
const LOG_TAIL_MS = 5000

export interface Follow {
  container: Docker.Container
  /** made before the start, so that no line is lost */
  logs: NodeJS.ReadableStream
  /** the whole log once the program has ended, where `logs` may lack its end */
  reread?(): Promise<Buffer>
  /** starts the container, or does nothing when it already runs; @returns since when it runs, unix ms */
  begin(): Promise<number>
  timeoutMs: number
  diskBytes: number
  disk: JobDisk
  outputs: string[]
  dirs: JobDirs
  options: RunOptions
  /** aborted when the engine stops: the container is left to be adopted */
  detach: AbortSignal
}

/** Follows a container to its end and collects its outputs. Never rejects, except with the reason of `detach`. */
export async function follow(run: Follow): Promise<RunOutcome> {
  const watcher = new Watcher(run)
  const { first, again } = counted(run.options.onLog)
  const pumped = pumpLogs(run.logs, first)
  const started = Date.now()
  let ending: Ending
  let since = started
  try {
    since = await run.begin()
    watcher.begin(run.timeoutMs - (Date.now() - since))
    const { exitCode, oomKilled } = await untilExit(run)
    await within(pumped, LOG_TAIL_MS)
    if (run.reread !== undefined) new LogDemuxer(again).push(await run.reread())
    const collected = await collectAll(run)
    ending = outcomeOf({ killed: watcher.verdict, exitCode, oomKilled, diskFull: collected.full })
  } catch (error) {
    if (run.detach.aborted) throw run.detach.reason
    ending = watcher.verdict ?? failure(error, run.options)
  } finally {
    watcher.end()
    ;(run.logs as NodeJS.ReadableStream & { destroy?(): void }).destroy?.()
  }
  return { ...ending, usage: { wallMs: Math.max(0, Date.now() - since), ...watcher.usage } }
}

function failure(error: unknown, options: RunOptions): Ending {
  const message = saidBy(error)
  // by the whole of it: what is shown is cut
  const didStart = (error as { startFailed?: boolean }).startFailed !== true
  const exitCode = didStart ? undefined : startFailure(messageOf(error))
  if (exitCode === undefined) return { status: 'engine-error', reason: `the Docker engine failed: ${message}` }
  options.onLog('stderr', Buffer.from(`the program could not be started: ${message}\n`))
  return { status: 'exited', exitCode }
}

async function untilExit({ container, detach }: Follow): Promise<{ exitCode: number; oomKilled: boolean }> {
  const { StatusCode } = (await container.wait({ abortSignal: detach })) as { StatusCode: number }
  const { State } = await container.inspect({ abortSignal: detach })
  return { exitCode: StatusCode, oomKilled: State.OOMKilled }
}

async function collectAll({ disk, outputs, dirs, diskBytes, options }: Follow): Promise<Collected> {
  const so = nothingCollected()
  for (const name of outputs) await collectOutput(disk.dir(name), `${dirs.outputs}/${name}`, diskBytes, so)
  for (const line of so.skipped) options.onLog('stderr', Buffer.from(`output left out: ${line}\n`))
  return so
}

/** Ends the container at the first limit it breaks, and keeps what it has used. */
class Watcher {
  readonly #run: Follow
  readonly #onAbort: () => void
  #timers: NodeJS.Timeout[] = []
  #looking = false
  #usage: ContainerUsage = { cpuMs: 0, maxRssBytes: 0 }
  #verdict: Ending | undefined

  constructor(run: Follow) {
    this.#run = run
    this.#onAbort = () => this.#kill(because('cancelled'))
    run.options.signal?.addEventListener('abort', this.#onAbort)
    if (run.options.signal?.aborted === true) this.#verdict = because('cancelled')
  }

  get verdict(): Ending | undefined {
    return this.#verdict
  }

  get usage(): ContainerUsage {
    return this.#usage
  }

  begin(msLeft: number): void {
    // a kill that came before the start found nothing to kill
    if (this.#verdict !== undefined) this.#kill(this.#verdict)
    this.#timers = [
      setTimeout(() => this.#kill(because('timeout')), Math.max(0, msLeft)),
      setInterval(() => void this.#look(), POLL_MS)
    ]
    void this.#look()
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#run.options.signal?.removeEventListener('abort', this.#onAbort)
  }

  #kill(why: Ending): void {
    this.#verdict ??= why
    // gone already, or the daemon is: the wait tells
    this.#run.container.kill({ signal: 'SIGKILL' }).catch(() => undefined)
  }

  async #look(): Promise<void> {
    // a walk over many files may take longer than the interval
    if (this.#looking) return
    this.#looking = true
    try {
      this.#usage = (await usageOf(this.#run.container.id)) ?? this.#usage
      if ((await this.#run.disk.usedBytes()) > this.#run.diskBytes) this.#kill(because('disk-full'))
    } catch {
      // the run has ended between two looks
    } finally {
      this.#looking = false
    }
  }
}

function within(promise: Promise<void>, ms: number): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    promise.finally(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
