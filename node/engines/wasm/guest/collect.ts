import type { DirNode, FileNode, WasiMounts } from './types.ts'

/** One step of what is handed out: a directory, a piece of a file, or a name that is left out and why. */
export type Collected =
  | { kind: 'dir'; path: string }
  | { kind: 'file'; path: string; bytes: ArrayBuffer; append: boolean }
  | { kind: 'skipped'; path: string; why: string }

/** Hands out what the program left in its outputs, piece by piece. */
export function wasiCollect(
  outputs: readonly { path: WasiMounts['outputs'][number]; dir: DirNode }[],
  passed: (bytes: number) => void
) {
  const PIECE = 1_048_576
  const MAX_DEPTH = 32

  function* pieces(path: string, { data }: FileNode): Generator<Collected> {
    for (let at = 0; at === 0 || at < data.size; at += PIECE) {
      const bytes = new Uint8Array(Math.min(PIECE, data.size - at))
      data.read(at, bytes)
      passed(bytes.byteLength)
      yield { kind: 'file', path, bytes: bytes.buffer, append: at > 0 }
    }
  }
  function* directory(path: string, dir: DirNode, depth: number): Generator<Collected> {
    yield { kind: 'dir', path }
    for (const [name, node] of dir.entries()) {
      const at = `${path}/${name}`
      if (node.kind === 'file') yield* pieces(at, node)
      else if (node.kind === 'link') yield { kind: 'skipped', path: at, why: 'a symbolic link' }
      else if (depth >= MAX_DEPTH) yield { kind: 'skipped', path: at, why: `deeper than ${MAX_DEPTH} directories` }
      else yield* directory(at, node, depth + 1)
    }
  }
  function* all(): Generator<Collected> {
    for (const { path, dir } of outputs) yield* directory(path, dir, 0)
  }
  const collected = all()
  return (): Collected | undefined => collected.next().value ?? undefined
}
