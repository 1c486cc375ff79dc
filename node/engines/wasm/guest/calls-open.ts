import type { PathParts } from './calls-path.ts'
import type { FileNode, Place, TreeNode } from './types.ts'

/** Opens and makes files. */
export function wasiOpen({ codes, ends, memory, tree, descriptors, resolve }: PathParts) {
  const { errno, oflags, fdflags, rights } = codes
  const { fail } = ends
  const FOLLOW = 1

  const make = ({ dir, name, mustBeDir }: Place, flags: number): FileNode => {
    if ((flags & oflags.CREAT) === 0) fail(errno.NOENT)
    if ((flags & oflags.DIRECTORY) !== 0) fail(errno.INVAL)
    if (mustBeDir) fail(errno.ISDIR)
    tree.claim(dir, name)
    const file = tree.newFile()
    tree.attach(dir, name, file)
    return file
  }
  /** what is there already: may it be opened like this? */
  const check = (node: TreeNode, at: Place, flags: number, writes: boolean) => {
    if ((flags & oflags.CREAT) !== 0 && (flags & oflags.EXCL) !== 0) fail(errno.EXIST)
    if (node.kind === 'link') fail(errno.LOOP)
    if (node.kind !== 'dir' && (at.mustBeDir || (flags & oflags.DIRECTORY) !== 0)) fail(errno.NOTDIR)
    if (node.kind === 'dir' && (writes || (flags & (oflags.CREAT | oflags.TRUNC)) !== 0)) fail(errno.ISDIR)
    if (node.kind === 'file' && node.isReadonly && (writes || (flags & oflags.TRUNC) !== 0)) fail(errno.ROFS)
    if (node.kind === 'file' && (flags & oflags.TRUNC) !== 0) tree.resize(node, 0)
  }

  return (
    fd: number,
    lookup: number,
    pointer: number,
    length: number,
    flags: number,
    base: bigint,
    inheriting: bigint,
    how: number,
    out: number
  ) => {
    const at = resolve(descriptors.dir(fd), memory.path(pointer, length), (lookup & FOLLOW) !== 0)
    if ((how & ~fdflags.ALL) !== 0) fail(errno.INVAL)
    if ((flags & oflags.TRUNC) !== 0 && (descriptors.get(fd).rights & rights.PATH_FILESTAT_SET_SIZE) === 0n) {
      fail(errno.NOTCAPABLE)
    }
    // nothing is made or emptied when there is no number left for it
    const opened = descriptors.free()
    if (at.node !== undefined) check(at.node, at, flags, (base & rights.FD_WRITE) !== 0n)
    const node = at.node ?? make(at, flags)
    const isDir = node.kind === 'dir'
    descriptors.open(opened, node, {
      rights: base & (isDir ? rights.DIRECTORY : rights.FILE),
      inheriting: isDir ? inheriting & (rights.DIRECTORY | rights.FILE) : 0n,
      flags: how
    })
    memory.setU32(out, opened)
  }
}
