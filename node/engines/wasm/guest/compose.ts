import type { HostCall } from '../../sandbox/guest/host-call.ts'
import type { WASI_PARTS } from './index.ts'
import type { WasmApi } from './main.ts'
import type { WasiLimits, WasiMounts } from './types.ts'

/** What the guest is told of its job. */
export interface WasiSetup {
  args: string[]
  env: Record<string, string>
  seed: [number, number, number, number]
  epochMs: number
  mounts: WasiMounts
  limits: WasiLimits
}

/** What the guest can call outside. */
export interface WasiHost {
  log(stream: number, bytes: ArrayBuffer): void
  /** waits until the node has taken so many pieces of log */
  drain: HostCall
  /** asks for inputs */
  call: HostCall
}

/** Puts the parts together for one program. */
export function composeWasi(make: typeof WASI_PARTS, { log, drain, call }: WasiHost, setup: WasiSetup) {
  make.guestEncoding()
  const codes = make.wasiCodes()
  const ends = make.wasiEnds()
  const memory = make.wasiMemory(codes, ends)
  const clock = make.wasiClock(setup.epochMs)
  const passed = make.wasiGarbage()
  const { print, calls } = make.wasiOutput(log, drain, passed)
  const inputs = make.wasiInputs(codes, ends, call, passed)
  const { limits } = setup
  const tree = make.wasiTree({ codes, ends, clock, limits, memoryBytes: memory.size, makeContent: make.wasiBytes })
  const mounts = make.wasiMounts(tree, inputs, setup.mounts)
  const descriptors = make.wasiDescriptors(codes, ends, tree, mounts.root)
  const stat = make.wasiStat(codes, ends, memory, clock)
  const resolve = make.wasiResolve(codes, ends)
  const parts = { codes, ends, memory, clock, tree, descriptors, stat, resolve, print }
  const random = make.guestRandom(setup.seed)
  const { args, env } = setup
  const functions: Record<string, (...args: never[]) => unknown> = {
    ...make.wasiSystemCalls({ ...parts, random, args, env }),
    ...make.wasiFdCalls(parts),
    ...make.wasiPathCalls(parts),
    poll_oneoff: make.wasiPoll(parts),
    fd_readdir: make.wasiReaddir(parts),
    path_open: make.wasiOpen(parts)
  }
  const imports: Record<string, unknown> = {}
  for (const [name, call] of Object.entries(functions)) imports[name] = ends.guard(call)
  const encoder = new TextEncoder()
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmApi }
  return {
    ...make.wasiMain(WebAssembly, imports, ends, memory, text => print(2, encoder.encode(text))),
    next: make.wasiCollect(mounts.outputs, passed),
    calls
  }
}
