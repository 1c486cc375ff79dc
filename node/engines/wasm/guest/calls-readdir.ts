import type { WasiCodes } from './codes.ts'
import type { WasiDescriptors } from './descriptors.ts'
import type { WasiEnds } from './ends.ts'
import type { WasiMemory } from './memory.ts'
import type { WasiStat } from './stat.ts'
import type { OpenNode, TreeNode } from './types.ts'

interface ReaddirParts {
  codes: WasiCodes
  ends: WasiEnds
  memory: WasiMemory
  stat: WasiStat
  descriptors: WasiDescriptors
}

/** Lists directories. */
export function wasiReaddir({ codes, ends, memory, stat, descriptors }: ReaddirParts) {
  const { fail } = ends
  const { errno } = codes
  const HEAD = 24
  const encoder = new TextEncoder()

  /** As it is when reading begins: a program that removes what it is shown still sees every other name once. */
  const listingOf = (open: OpenNode, cookie: bigint): { name: Uint8Array; node: TreeNode }[] => {
    const { node } = open
    if (node?.kind !== 'dir') return fail(errno.NOTDIR)
    if (cookie === 0n || open.listing === undefined) {
      const entry = (name: string, of: TreeNode) => ({ name: encoder.encode(name), node: of })
      open.listing = [entry('.', node), entry('..', node.parent)]
      for (const [name, child] of node.entries()) open.listing.push(entry(name, child))
    }
    return open.listing
  }

  return (fd: number, buffer: number, length: number, cookie: bigint, out: number) => {
    const listing = listingOf(descriptors.get(fd), cookie)
    const into = memory.slice(buffer, length)
    const head = new Uint8Array(HEAD)
    const view = new DataView(head.buffer)
    let used = 0
    const put = (bytes: Uint8Array) => {
      const part = bytes.subarray(0, into.byteLength - used)
      into.set(part, used)
      used += part.byteLength
    }
    // an entry may be cut: a full buffer tells the program to ask again from there
    const first = cookie < 0n || cookie > BigInt(listing.length) ? listing.length : Number(cookie)
    for (let i = first; i < listing.length && used < into.byteLength; i++) {
      const { name, node } = listing[i] as { name: Uint8Array; node: TreeNode }
      view.setBigUint64(0, BigInt(i + 1), true)
      view.setBigUint64(8, node.ino, true)
      view.setUint32(16, name.byteLength, true)
      view.setUint8(20, stat.typeOf(node))
      put(head)
      put(name)
    }
    memory.setU32(out, used)
  }
}
