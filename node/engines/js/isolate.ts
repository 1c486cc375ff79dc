import ivm from 'isolated-vm'
import type { SandboxChannel } from '../sandbox/channel.ts'
import { GUEST_EPOCH_MS } from '../sandbox/guest/epoch.ts'
import type { JsRun, SandboxEnd } from '../sandbox/messages.ts'
import { evaluate } from './evaluate.ts'
import { brokenLimit, stackOf, timeLeft } from './failure.ts'
import { GUEST_CODE } from './guest/index.ts'
import { hostCalls } from './host-calls.ts'
import { openIsolate } from './open-isolate.ts'

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
  const { isolate, end, endedEarly } = openIsolate(job.memoryBytes)
  const context = isolate.createContextSync()
  const hooks = install(context, channel, job, end)
  const program = new Program({ isolate, context, hooks, deadline })
  try {
    const exitCode = await Promise.race([program.run(Buffer.from(source).toString('utf8'), job.entry), endedEarly])
    if (typeof exitCode !== 'number') return exitCode
    await channel.drained(hooks.calls.applySync(undefined, [], { timeout: 1000 }) as number)
    return { type: 'end', status: 'exited', exitCode }
  } catch {
    return brokenLimit(isolate, deadline) ?? { type: 'end', status: 'exited', exitCode: 1 }
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

  /** Resolves to the exit code; throws when a limit of the isolate ended it. */
  async run(source: string, entry: string): Promise<number> {
    try {
      return await this.#run(source, entry)
    } catch (error) {
      if (brokenLimit(this.#parts.isolate, this.#parts.deadline) !== undefined) throw error
      // as in Node, a rejection that nobody takes ends the program
      return this.#fail(stackOf(error))
    }
  }

  async #run(source: string, entry: string): Promise<number> {
    const { isolate, context, hooks, deadline } = this.#parts
    const main = await evaluate({ isolate, context, tick: hooks.tick, deadline }, source, entry)
    if (typeof main === 'string') return this.#fail(main)
    await hooks.start.apply(undefined, [main.derefInto()], timeLeft(deadline))
    for (;;) {
      const exitCode = (await hooks.exitCode.apply(undefined, [], timeLeft(deadline))) as number
      if (exitCode >= 0) return exitCode
      if ((await hooks.tick.apply(undefined, [], timeLeft(deadline))) === true) continue
      const last = (await hooks.exitCode.apply(undefined, [], timeLeft(deadline))) as number
      return last >= 0 ? last : this.#fail('the entry function’s promise can never settle: nothing is left to run')
    }
  }

  async #fail(line: string): Promise<number> {
    const { hooks, deadline } = this.#parts
    await hooks.fail.apply(undefined, [line], timeLeft(deadline))
    return 1
  }
}
