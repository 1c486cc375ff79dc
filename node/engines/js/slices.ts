import { hash } from 'node:crypto'
import ivm from 'isolated-vm'
import type { SandboxChannel } from '../sandbox/channel.ts'
import { GUEST_EPOCH_MS } from '../sandbox/guest/epoch.ts'
import type { Seed } from '../sandbox/guest/random.ts'
import { ANSWER, MAX_SLICE_BYTES, type SandboxEnd, type ServeMessage } from '../sandbox/messages.ts'
import { evaluate } from './evaluate.ts'
import { brokenLimit, stackOf, timeLeft } from './failure.ts'
import { SLICES_CODE } from './guest/index.ts'
import { openIsolate } from './open-isolate.ts'
import type { QueuedSlice, SliceQueue } from './slice-queue.ts'

/** Answers are sent together: after this long, or this many bytes, or when nothing waits. */
const FLUSH_MS = 1
const FLUSH_BYTES = 64 * 1024
/** of what a rejection that nobody took says */
const ERROR_CHARS = 4096

/** Calls one function for every slice that comes. Ends only when a limit, or the sandbox itself, gives way. */
export async function serveSlices(
  channel: SandboxChannel,
  job: ServeMessage,
  program: Uint8Array,
  queue: SliceQueue
): Promise<SandboxEnd> {
  const { isolate, endedEarly } = openIsolate(job.memoryBytes)
  const answers = new Answers(channel)
  try {
    const serving = serve({ isolate, channel, job, queue, answers }, Buffer.from(program).toString('utf8'))
    return await Promise.race([serving, endedEarly])
  } finally {
    answers.flush()
  }
}

interface Serving {
  isolate: ivm.Isolate
  channel: SandboxChannel
  job: ServeMessage
  queue: SliceQueue
  answers: Answers
}

async function serve({ isolate, channel, job, queue, answers }: Serving, source: string): Promise<SandboxEnd> {
  const context = isolate.createContextSync()
  const hooks = install(context, channel, job)
  const deadline = performance.now() + job.loadMs
  try {
    const main = await evaluate({ isolate, context, tick: hooks.tick, deadline }, source, job.entry)
    if (typeof main === 'string') {
      channel.send({ type: 'refused', reason: main.slice(0, 2000) })
      return REFUSED
    }
    await hooks.use.apply(undefined, [main.derefInto()], timeLeft(deadline))
  } catch (error) {
    return brokenLimit(isolate, deadline) ?? { ...REFUSED, reason: stackOf(error).slice(0, 2000) }
  }
  channel.send({ type: 'loaded' })
  const loaded = { isolate, hooks, job, channel }
  for (;;) {
    if (queue.isEmpty) answers.flush()
    await channel.credit()
    const line = await answer(loaded, await queue.next())
    if (typeof line !== 'string') return line
    answers.add(line)
  }
}

const REFUSED = { type: 'end', status: 'engine-error', reason: 'the module was refused' } as const

/** A line for the node, or the limit that the slice broke. */
async function answer({ isolate, hooks, job, channel }: Loaded, slice: QueuedSlice): Promise<string | SandboxEnd> {
  const deadline = performance.now() + job.sliceMs
  const call = async (hook: ivm.Reference, args: unknown[]): Promise<string> => {
    const said: unknown = await hook.apply(undefined, args, timeLeft(deadline))
    // the program shares a realm with the code that made this line
    const line = typeof said === 'string' ? said : ANSWER.unsettled
    const [head, calls] = /^@(\d+) /.exec(line) ?? ['']
    if (calls !== undefined) await channel.drained(Number(calls))
    return line.slice(head.length)
  }
  try {
    const line = await call(hooks.run, [slice.text, slice.index, ...seedOf(job.module, slice.index)])
    if (line !== '') return fitting(line)
    for (;;) {
      const settled = await call(hooks.poll, [])
      if (settled !== '') return fitting(settled)
      if ((await hooks.tick.apply(undefined, [], timeLeft(deadline))) === true) continue
      return fitting(await call(hooks.poll, [])) || ANSWER.unsettled
    }
  } catch (error) {
    return brokenLimit(isolate, deadline) ?? ANSWER.threw + JSON.stringify(stackOf(error).slice(0, ERROR_CHARS))
  }
}

/** The limit counts bytes; the line has one character beside the value. */
function fitting(line: string): string {
  const isLong = line.length > MAX_SLICE_BYTES / 3 && Buffer.byteLength(line) > MAX_SLICE_BYTES + 1
  return isLong ? ANSWER.tooLarge : line
}

/** Randomness of a slice comes from the module and its place in the list, so that it is the same wherever it runs. */
function seedOf(module: string, index: number): Seed {
  const digest = hash('sha256', `${module}/${index}`, 'buffer')
  return [digest.readInt32BE(0), digest.readInt32BE(4), digest.readInt32BE(8), digest.readInt32BE(12)]
}

interface Loaded {
  isolate: ivm.Isolate
  hooks: Hooks
  job: ServeMessage
  channel: SandboxChannel
}

interface Hooks {
  use: ivm.Reference
  run: ivm.Reference
  poll: ivm.Reference
  tick: ivm.Reference
}

function install(context: ivm.Context, channel: SandboxChannel, job: ServeMessage): Hooks {
  const log = new ivm.Callback(
    (stream: unknown, text: unknown) => channel.log(stream === 2 ? 'stderr' : 'stdout', Buffer.from(String(text))),
    { ignored: true }
  )
  const drain = new ivm.Reference((calls: unknown) => channel.drained(Number(calls)))
  const setup = { seed: seedOf(job.module, -1), epochMs: GUEST_EPOCH_MS, maxChars: MAX_SLICE_BYTES }
  const hooks = context.evalClosureSync(SLICES_CODE, [log, drain, new ivm.ExternalCopy(setup).copyInto()], {
    result: { reference: true }
  }) as ivm.Reference
  const get = (name: string) => hooks.getSync(name, { reference: true }) as ivm.Reference
  return { use: get('use'), run: get('run'), poll: get('poll'), tick: get('tick') }
}

/** Lines on their way to the node, many in a frame: the channel would otherwise be what takes most of the time. */
class Answers {
  readonly #channel: SandboxChannel
  #lines: string[] = []
  #chars = 0
  #timer: NodeJS.Timeout | undefined

  constructor(channel: SandboxChannel) {
    this.#channel = channel
  }

  add(line: string): void {
    this.#lines.push(line)
    this.#chars += line.length
    if (this.#chars >= FLUSH_BYTES) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS)
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#lines
    if (lines.length === 0) return
    this.#lines = []
    this.#chars = 0
    this.#channel.results(lines)
  }
}
