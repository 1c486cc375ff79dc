import type { WasiCodes } from './codes.ts'
import type { WasiEnds } from './ends.ts'
import type { WasiTree } from './tree.ts'
import type { DirNode, FileNode, OpenNode, TreeNode } from './types.ts'

/** The table of what the program has open: standard streams, the root, then what it opens. */
export function wasiDescriptors({ errno, rights }: WasiCodes, { fail }: WasiEnds, tree: WasiTree, root: DirNode) {
  /** as many as Linux gives a process unless told otherwise */
  const MAX_OPEN = 1024
  const table: (OpenNode | undefined)[] = []
  const entry = (node: TreeNode | undefined, granted: bigint): OpenNode => ({
    node,
    stream: 0,
    at: 0,
    flags: 0,
    rights: granted,
    inheriting: 0n,
    preopen: undefined,
    listing: undefined
  })
  const get = (fd: number): OpenNode => table[fd >>> 0] ?? fail(errno.BADF)

  table.push(
    entry(undefined, rights.STDIN),
    { ...entry(undefined, rights.STDOUT), stream: 1 },
    { ...entry(undefined, rights.STDOUT), stream: 2 },
    {
      ...entry(root, rights.DIRECTORY),
      inheriting: rights.DIRECTORY | rights.FILE,
      preopen: new TextEncoder().encode('/')
    }
  )
  root.opens += 1

  function close(fd: number) {
    const { node } = get(fd)
    table[fd >>> 0] = undefined
    if (node === undefined) return
    node.opens -= 1
    tree.drop(node)
  }
  return {
    get,
    close,
    /** the lowest number that is free */
    free(): number {
      const fd = table.indexOf(undefined)
      if (fd >= 0) return fd
      return table.length < MAX_OPEN ? table.length : fail(errno.MFILE)
    },
    open(fd: number, node: TreeNode, how: Pick<OpenNode, 'rights' | 'inheriting' | 'flags'>) {
      table[fd] = { ...entry(node, how.rights), ...how }
      node.opens += 1
    },
    renumber(from: number, to: number) {
      const moved = get(from)
      get(to)
      if (from === to) return
      close(to)
      table[to >>> 0] = moved
      table[from >>> 0] = undefined
    },
    /** @param right FD_READ or FD_WRITE, which it must have been opened for */
    file(fd: number, right = 0n): OpenNode & { node: FileNode } {
      const open = get(fd)
      if (open.node?.kind === 'dir') fail(errno.BADF)
      if (open.node === undefined) fail(errno.SPIPE)
      if ((open.rights & right) !== right) fail(errno.BADF)
      return open as OpenNode & { node: FileNode }
    },
    dir(fd: number): DirNode {
      const { node } = get(fd)
      return node?.kind === 'dir' ? node : fail(errno.NOTDIR)
    }
  }
}

export type WasiDescriptors = ReturnType<typeof wasiDescriptors>
