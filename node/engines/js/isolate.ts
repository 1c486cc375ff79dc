import ivm from 'isolated-vm'
import type { SandboxChannel } from '../sandbox/channel.ts'
import { GUEST_EPOCH_MS } from '../sandbox/guest/epoch.ts'
import { isolateEnding, OUT_OF_MEMORY } from '../sandbox/isolate-ending.ts'
import { type JsRun, MIN_MEMORY_BYTES, type SandboxEnd } from '../sandbox/messages.ts'
import { GUEST_CODE } from './guest/index.ts'
import { hostCalls } from './host-calls.ts'

const MIB = 1024 * 1024
/** Appended to the program: reading this export fails until the module, top-level awaits included, has run to its end. */
const MARK = '$dcnEvaluated'
const FILENAME = 'job.mjs'

interface Hooks {
  start: ivm.Reference
  tick: ivm.Reference
  fail: ivm.Reference
  exitCode: ivm.Reference
  calls: ivm.Reference
}

/** Runs one program to its end. Every way it can end is a SandboxEnd; a rejection is a fault of the sandbox. */
export async function runJs(
  channel: SandboxChannel,
  job: JsRun,
  source: Uint8Array,
  deadline: number
): Promise<SandboxEnd> {
  let end: (end: SandboxEnd) => void = () => undefined
  const endedEarly = new Promise<SandboxEnd>(resolve => {
    end = resolve
  })
  const isolate = new ivm.Isolate({
    memoryLimit: Math.floor(Math.max(job.memoryBytes, MIN_MEMORY_BYTES) / MIB),
    // V8 could not stop the program at its limit: nothing in this process is of use any more
    onCatastrophicError: () => end(OUT_OF_MEMORY)
  })
  const context = isolate.createContextSync()
  const hooks = install(context, channel, job, end)
  const program = new Program({ isolate, context, hooks, deadline })
  try {
    const exitCode = await Promise.race([program.run(Buffer.from(source).toString('utf8'), job.entry), endedEarly])
    if (typeof exitCode !== 'number') return exitCode
    await channel.drained(hooks.calls.applySync(undefined, [], { timeout: 1000 }) as number)
    return { type: 'end', status: 'exited', exitCode }
  } catch (error) {
    return isolateEnding(isolate, error)
  }
}

function install(context: ivm.Context, channel: SandboxChannel, job: JsRun, end: (end: SandboxEnd) => void): Hooks {
  const log = new ivm.Callback(
    (stream: unknown, text: unknown) => channel.log(stream === 2 ? 'stderr' : 'stdout', Buffer.from(String(text))),
    { ignored: true }
  )
  const drain = new ivm.Reference((calls: unknown) => channel.drained(Number(calls)))
  const call = new ivm.Reference(hostCalls(channel, job, end))
  const setup = { args: job.args, env: job.env, seed: job.seed, epochMs: GUEST_EPOCH_MS }
  const hooks = context.evalClosureSync(GUEST_CODE, [log, drain, call, new ivm.ExternalCopy(setup).copyInto()], {
    result: { reference: true }
  }) as ivm.Reference
  const get = (name: string) => hooks.getSync(name, { reference: true }) as ivm.Reference
  return { start: get('start'), tick: get('tick'), fail: get('fail'), exitCode: get('exitCode'), calls: get('calls') }
}

interface ProgramParts {
  isolate: ivm.Isolate
  context: ivm.Context
  hooks: Hooks
  deadline: number
}

class Program {
  readonly #parts: ProgramParts

  constructor(parts: ProgramParts) {
    this.#parts = parts
  }

  /** Resolves to the exit code; throws what isolated-vm throws when a limit of the isolate ended it. */
  async run(source: string, entry: string): Promise<number> {
    const module = await this.#evaluate(source)
    if (module === undefined) return 1
    const main = module.namespace.getSync(entry, { reference: true }) as ivm.Reference | undefined
    if (main?.typeof !== 'function') return this.#fail(`the module exports no function named "${entry}"`)
    const { hooks } = this.#parts
    await hooks.start.apply(undefined, [main.derefInto()], this.#limit())
    for (;;) {
      const exitCode = (await hooks.exitCode.apply(undefined, [], this.#limit())) as number
      if (exitCode >= 0) return exitCode
      if ((await hooks.tick.apply(undefined, [], this.#limit())) === true) continue
      const last = (await hooks.exitCode.apply(undefined, [], this.#limit())) as number
      return last >= 0 ? last : this.#fail('the entry function’s promise can never settle: nothing is left to run')
    }
  }

  /** Every entry into the isolate carries the time that is left: a loop in a callback would otherwise run for ever. */
  #limit(): { timeout: number } {
    return { timeout: Math.max(1, Math.ceil(this.#parts.deadline - performance.now())) }
  }

  async #fail(line: string): Promise<number> {
    await this.#parts.hooks.fail.apply(undefined, [line], this.#limit())
    return 1
  }

  /** Compiles and evaluates the module; undefined when it threw, which is then on stderr. */
  async #evaluate(source: string): Promise<ivm.Module | undefined> {
    const { isolate, context, hooks } = this.#parts
    try {
      const module = await isolate.compileModule(`${source}\nexport const ${MARK} = 1`, { filename: FILENAME })
      await module.instantiate(context, specifier => {
        throw new Error(`cannot import "${specifier.slice(0, 200)}": a job is one self-contained module`)
      })
      await module.evaluate(this.#limit())
      while (!evaluated(module)) {
        const more = await hooks.tick.apply(undefined, [], this.#limit())
        if (more !== true) return void (await this.#fail('the module’s top-level await can never settle'))
      }
      return module
    } catch (error) {
      if (isolate.isDisposed || isolateEnding(isolate, error).status !== 'engine-error') throw error
      await this.#fail(stackOf(error))
      return undefined
    }
  }
}

function evaluated(module: ivm.Module): boolean {
  try {
    return module.namespace.getSync(MARK) === 1
  } catch {
    return false
  }
}

/** The program's own part of a stack: what follows the boundary tells of this process and its paths. */
function stackOf(error: unknown): string {
  const text = error instanceof Error ? String(error.stack ?? error) : String(error)
  return text
    .split('\n')
    .filter(line => !line.includes('<isolated-vm boundary>') && !line.includes('file://'))
    .join('\n')
}
