import { setFlagsFromString } from 'node:v8'
import ivm from 'isolated-vm'
import type { SandboxChannel } from '../sandbox/channel.ts'
import { exposed } from '../sandbox/garbage.ts'
import { GUEST_EPOCH_MS } from '../sandbox/guest/epoch.ts'
import { isolateEnding, OUT_OF_MEMORY } from '../sandbox/isolate-ending.ts'
import { MAX_OUTPUT_ENTRIES } from '../sandbox/ledger.ts'
import { MIN_MEMORY_BYTES, type SandboxEnd, type WasmRun } from '../sandbox/messages.ts'
import { sendOutputs } from './collect.ts'
import type { Collected } from './guest/collect.ts'
import type { WasiSetup } from './guest/compose.ts'
import type { WasiEnd } from './guest/ends.ts'
import { WASI_CODE } from './guest/index.ts'
import { hostCalls } from './host-calls.ts'
import { capMemory, pagesOf } from './module/cap-memory.ts'

const MIB = 1024 * 1024
/** Of the isolate, for what WASI itself needs: lists of names, windows into inputs. */
const GUEST_BYTES = 64 * MIB
/** A question to the isolate when the program is over. */
const AFTERWARDS_MS = 5000
/**
 * One compiler for all code, and wrappers made at once: with two, the moment at which a function changes to the faster code depends on other
 * threads, and with it how deep a program may recurse.
 */
const FLAGS = ['--no-liftoff', '--no-wasm-generic-wrapper', '--no-maglev', '--no-concurrent-recompilation']

interface Hooks {
  load(module: Uint8Array, timeoutMs: number): Promise<number | undefined>
  start(timeoutMs: number): Promise<WasiEnd>
  ended(): Promise<WasiEnd | undefined>
  next(): Promise<Collected | undefined>
  calls(): Promise<number>
}

/** Runs one module to its end. Every way it can end is a SandboxEnd; a rejection is a fault of the sandbox. */
export async function runWasm(
  channel: SandboxChannel,
  job: WasmRun,
  module: Uint8Array,
  deadline: number
): Promise<SandboxEnd> {
  for (const flag of FLAGS) setFlagsFromString(flag)
  const capped = capMemory(module, pagesOf(job.memoryBytes))
  const setup = await setupOf(channel, job)
  let lost: (end: SandboxEnd) => void = () => undefined
  const isLost = new Promise<SandboxEnd>(resolve => {
    lost = resolve
  })
  const isolate = new ivm.Isolate({
    memoryLimit: Math.ceil((Math.max(job.memoryBytes, MIN_MEMORY_BYTES) + capped.byteLength + GUEST_BYTES) / MIB),
    // V8 could not stop the program at its limit: nothing in this process is of use any more
    onCatastrophicError: () => lost(OUT_OF_MEMORY)
  })
  const hooks = install(isolate, channel, setup)
  const run = async (): Promise<SandboxEnd> => {
    const end = await execute(isolate, hooks, capped, deadline)
    if (isolate.isDisposed) return end
    channel.send({ type: 'collecting' })
    try {
      await channel.drained(await hooks.calls())
      return (await sendOutputs(channel, job, () => hooks.next())) ?? end
    } catch (error) {
      if (isolate.isDisposed) return OUT_OF_MEMORY
      throw error
    }
  }
  return await Promise.race([run(), isLost])
}

async function execute(isolate: ivm.Isolate, hooks: Hooks, module: Uint8Array, deadline: number): Promise<SandboxEnd> {
  const left = () => Math.max(1, Math.ceil(deadline - performance.now()))
  try {
    const refused = await hooks.load(module, left())
    if (refused !== undefined) return { type: 'end', status: 'exited', exitCode: refused }
    return endOf(await hooks.start(left()))
  } catch (error) {
    const ending = isolateEnding(isolate, error)
    // a program that caught its own end and went on has ended all the same
    const end = ending.status === 'timeout' ? await hooks.ended() : undefined
    return end === undefined ? ending : endOf(end)
  }
}

function endOf({ status, exitCode, reason }: WasiEnd): SandboxEnd {
  return status === 'exited' ? { type: 'end', status, exitCode } : { type: 'end', status, reason }
}

async function setupOf(channel: SandboxChannel, job: WasmRun): Promise<WasiSetup> {
  const sizeOf = async (path: string): Promise<number> => {
    const { error, value } = await channel.request({ type: 'size', path })
    if (error !== undefined) throw new Error(error)
    return Number(value)
  }
  const inputs = await Promise.all(job.inputs.map(async path => ({ path, sizeBytes: await sizeOf(path) })))
  return {
    args: [PROGRAM_NAME, ...job.args],
    env: job.env,
    seed: job.seed,
    epochMs: GUEST_EPOCH_MS,
    mounts: { inputs, outputs: job.outputs.map(o => o.path) },
    limits: { memoryBytes: job.memoryBytes, diskBytes: job.diskBytes, entries: MAX_OUTPUT_ENTRIES }
  }
}

/** argv[0] */
const PROGRAM_NAME = 'main.wasm'

function install(isolate: ivm.Isolate, channel: SandboxChannel, setup: WasiSetup): Hooks {
  const log = new ivm.Callback(
    (stream: unknown, bytes: unknown) =>
      channel.log(stream === 2 ? 'stderr' : 'stdout', new Uint8Array(bytes as ArrayBuffer)),
    { ignored: true }
  )
  const drain = new ivm.Reference((calls: unknown) => channel.drained(Number(calls)))
  const call = new ivm.Reference(hostCalls(channel))
  const context = exposed(() => isolate.createContextSync())
  const hooks = context.evalClosureSync(WASI_CODE, [log, drain, call, new ivm.ExternalCopy(setup).copyInto()], {
    result: { reference: true }
  }) as ivm.Reference
  const ask = async <T>(name: string, args: unknown[], timeout: number): Promise<T> => {
    const hook = hooks.getSync(name, { reference: true }) as ivm.Reference
    return (await hook.apply(undefined, args, { timeout, result: { copy: true } })) as T
  }
  return {
    load(module, timeoutMs) {
      const buffer = module.buffer.slice(module.byteOffset, module.byteOffset + module.byteLength) as ArrayBuffer
      const copy = new ivm.ExternalCopy(buffer, { transferList: [buffer] })
      return ask('load', [copy.copyInto({ release: true })], timeoutMs)
    },
    start: timeoutMs => ask('start', [], timeoutMs),
    ended: () => ask('ended', [], AFTERWARDS_MS),
    next: () => ask('next', [], AFTERWARDS_MS),
    calls: () => ask('calls', [], AFTERWARDS_MS)
  }
}
