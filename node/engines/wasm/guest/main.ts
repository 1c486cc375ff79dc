import type { WasiEnd, WasiEnds } from './ends.ts'
import type { WasiMemory } from './memory.ts'

type Exports = Record<string, unknown> & { _start(): void; memory?: { readonly buffer: ArrayBuffer } }

export interface WasmApi {
  Module: new (bytes: ArrayBuffer) => object
  Instance: new (module: object, imports: object) => { exports: Exports }
}

/** Links the module and runs it. A trap is a program that failed, as if SIGABRT had ended it. */
export function wasiMain(
  wasm: WasmApi,
  imports: Record<string, unknown>,
  ends: WasiEnds,
  memory: WasiMemory,
  complain: (text: string) => void
) {
  const TRAPPED = 134
  const CANNOT_RUN = 126
  const MAX_TEXT = 4096
  let exports: Exports | undefined

  /** The program's own part of a stack: functions with their offsets in the module. */
  const describe = (error: unknown): string => {
    if (!(error instanceof Error)) return 'an exception that nothing caught'
    const frames = String(error.stack)
      .split('\n')
      .filter(line => line.includes('wasm-function['))
      .map(line => line.replace(/wasm:\/\/wasm\/[^:]*:/, ''))
    return [`${error.name}: ${error.message}`, ...frames].join('\n').slice(0, MAX_TEXT)
  }
  const exited = (exitCode: number): WasiEnd => ({ status: 'exited', exitCode, reason: '' })

  return {
    /** the exit code when the module cannot run at all */
    load(bytes: ArrayBuffer): number | undefined {
      try {
        const instance = new wasm.Instance(new wasm.Module(bytes), { wasi_snapshot_preview1: imports })
        exports = instance.exports
        if (exports.memory !== undefined) memory.attach(exports.memory)
        return undefined
      } catch (error) {
        // it may have ended by itself while it was linked
        if (ends.ended() !== undefined) return undefined
        complain(`the module cannot run: ${describe(error)}\n`)
        return CANNOT_RUN
      }
    },
    start(): WasiEnd {
      try {
        exports?._start()
      } catch (error) {
        const end = ends.ended()
        if (end === undefined) complain(`trap: ${describe(error)}\n`)
        return end ?? exited(TRAPPED)
      }
      return ends.ended() ?? exited(0)
    },
    /** how it ended before its time ran out, if it did */
    ended: () => ends.ended()
  }
}
