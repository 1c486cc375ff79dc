import type { WasiClock } from './clock.ts'
import type { WasiCodes } from './codes.ts'
import type { WasiEnds } from './ends.ts'
import type { WasiMemory } from './memory.ts'
import type { TreeNode } from './types.ts'

/** What is told of a file, and what of it can be set. */
export function wasiStat({ filetype, errno }: WasiCodes, { fail }: WasiEnds, memory: WasiMemory, clock: WasiClock) {
  const STAT = 64
  const DEVICE = 1n
  const TYPES = { file: filetype.REGULAR_FILE, dir: filetype.DIRECTORY, link: filetype.SYMBOLIC_LINK }
  const SET = { ACCESSED: 1, ACCESSED_NOW: 2, MODIFIED: 4, MODIFIED_NOW: 8 }
  const encoder = new TextEncoder()

  const typeOf = (node: TreeNode | undefined): number =>
    node === undefined ? filetype.CHARACTER_DEVICE : TYPES[node.kind]
  const sizeOf = (node: TreeNode): number => {
    if (node.kind === 'link') return encoder.encode(node.target).byteLength
    return node.kind === 'file' ? node.data.size : 0
  }
  return {
    typeOf,
    write(at: number, node: TreeNode | undefined) {
      memory.slice(at, STAT).fill(0)
      memory.setU8(at + 16, typeOf(node))
      if (node === undefined) return
      memory.setU64(at, DEVICE)
      memory.setU64(at + 8, node.ino)
      memory.setU64(at + 24, BigInt(node.links))
      memory.setU64(at + 32, BigInt(sizeOf(node)))
      memory.setU64(at + 40, node.accessedNs)
      memory.setU64(at + 48, node.modifiedNs)
      memory.setU64(at + 56, node.changedNs)
    },
    setTimes(node: TreeNode, accessed: bigint, modified: bigint, flags: number) {
      const both = (flag: number) => (flags & flag) === flag
      const unknown = (flags & ~0xf) !== 0
      if (unknown || both(SET.ACCESSED | SET.ACCESSED_NOW) || both(SET.MODIFIED | SET.MODIFIED_NOW)) fail(errno.INVAL)
      if (node.isReadonly) fail(errno.ROFS)
      const now = clock.realtime()
      const unsigned = (time: bigint) => BigInt.asUintN(64, time)
      if (flags & SET.ACCESSED) node.accessedNs = unsigned(accessed)
      if (flags & SET.ACCESSED_NOW) node.accessedNs = now
      if (flags & SET.MODIFIED) node.modifiedNs = unsigned(modified)
      if (flags & SET.MODIFIED_NOW) node.modifiedNs = now
      node.changedNs = now
    }
  }
}

export type WasiStat = ReturnType<typeof wasiStat>
