import type { Collected } from '../../../node/engines/wasm/guest/collect.ts'
import { composeWasi, type WasiSetup } from '../../../node/engines/wasm/guest/compose.ts'
import type { WasiEnd } from '../../../node/engines/wasm/guest/ends.ts'
import { WASI_PARTS } from '../../../node/engines/wasm/guest/index.ts'

/** What lies below an input: text, bytes, or a directory. */
export type Tree = string | Uint8Array | { [name: string]: Tree }

export interface GuestInit {
  args?: string[]
  env?: Record<string, string>
  /** container path → file or directory */
  inputs?: Record<string, Tree>
  outputs?: string[]
  limits?: Partial<WasiSetup['limits']>
  /** parts in the place of others */
  parts?: Partial<typeof WASI_PARTS>
}

export interface GuestRan {
  end: WasiEnd
  stdout: Buffer
  stderr: string
  /** container path → bytes; directories end in '/' */
  files: Record<string, string>
  /** what was left out, and why */
  skipped: Record<string, string>
}

const MIB = 1024 * 1024

/** The guest's WASI in this process, without an isolate: nothing stops a program that does not end. */
export function makeGuest(init: GuestInit = {}) {
  const printed: Record<number, Buffer[]> = { 1: [], 2: [] }
  const inputs = init.inputs ?? {}
  const host = {
    log: (stream: number, bytes: ArrayBuffer) => void printed[stream]?.push(Buffer.from(bytes)),
    drain: { applySyncPromise: () => undefined },
    call: { applySyncPromise: (_: undefined, args: unknown[]) => answer(inputs, args as Question) }
  }
  const setup: WasiSetup = {
    args: ['main.wasm', ...(init.args ?? [])],
    env: init.env ?? {},
    seed: [1, 2, 3, 4],
    epochMs: 946_684_800_000,
    mounts: {
      inputs: Object.entries(inputs).map(([path, found]) => ({ path, sizeBytes: sizeOf(found) })),
      outputs: init.outputs ?? ['/outputs']
    },
    limits: { memoryBytes: 64 * MIB, diskBytes: 64 * MIB, entries: 20_000, ...init.limits }
  }
  // this realm has its own codecs
  const guest = composeWasi({ ...WASI_PARTS, guestEncoding: () => undefined, ...init.parts }, host, setup)
  return { guest, printed: (stream: number) => Buffer.concat(printed[stream] ?? []) }
}

/** Runs a module to its end. */
export function runGuest(module: Uint8Array, init: GuestInit = {}): GuestRan {
  const { guest, printed } = makeGuest(init)
  const refused = guest.load(Uint8Array.from(module).buffer)
  const end = refused === undefined ? guest.start() : { status: 'exited' as const, exitCode: refused, reason: '' }
  return { end, stdout: printed(1), stderr: printed(2).toString(), ...collect(guest.next) }
}

/** Everything that is handed out after a run. */
export function collect(next: () => Collected | undefined): Pick<GuestRan, 'files' | 'skipped'> {
  const files: Record<string, string> = {}
  const skipped: Record<string, string> = {}
  for (let found = next(); found !== undefined; found = next()) {
    if (found.kind === 'skipped') skipped[found.path] = found.why
    else if (found.kind === 'dir') files[`${found.path}/`] = ''
    else files[found.path] = (files[found.path] ?? '') + Buffer.from(found.bytes).toString()
  }
  return { files, skipped }
}

const isDir = (found: Tree): found is { [name: string]: Tree } =>
  typeof found === 'object' && !(found instanceof Uint8Array)
const sizeOf = (found: Tree): number => (isDir(found) ? -1 : Buffer.from(found).byteLength)

type Question = [name: string, path: string, offset: number, length: number]

/** As the node answers. */
function answer(
  inputs: Record<string, Tree>,
  [name, path, offset, length]: Question
): { error: string } | { value: unknown } {
  const root = Object.keys(inputs).find(key => path === key || path.startsWith(`${key}/`)) ?? ''
  let found = inputs[root]
  for (const part of path
    .slice(root.length + 1)
    .split('/')
    .filter(Boolean)) {
    found = found !== undefined && isDir(found) ? found[part] : undefined
  }
  if (found === undefined) return { error: 'no such input' }
  if (isDir(found)) return { value: Object.entries(found).map(([key, child]) => [key, sizeOf(child)]) }
  if (name !== 'read') return { error: 'no directory' }
  return { value: Uint8Array.from(Buffer.from(found).subarray(offset, offset + length)).buffer }
}
