import type { WasiCodes } from './codes.ts'
import type { WasiDescriptors } from './descriptors.ts'
import type { WasiEnds } from './ends.ts'
import type { WasiMemory } from './memory.ts'
import type { WasiResolve } from './resolve.ts'
import type { WasiStat } from './stat.ts'
import type { WasiTree } from './tree.ts'
import type { DirNode, Place, TreeNode } from './types.ts'

export interface PathParts {
  codes: WasiCodes
  ends: WasiEnds
  memory: WasiMemory
  stat: WasiStat
  tree: WasiTree
  descriptors: WasiDescriptors
  resolve: WasiResolve
}

/** What a program does with names. */
export function wasiPathCalls({ codes, ends, memory, stat, tree, descriptors, resolve }: PathParts) {
  const { errno } = codes
  const { fail } = ends
  const FOLLOW = 1

  const place = (fd: number, pointer: number, length: number, flags: number): Place =>
    resolve(descriptors.dir(fd), memory.path(pointer, length), (flags & FOLLOW) !== 0)
  const existing = (at: Place): TreeNode => {
    const node = at.node ?? fail(errno.NOENT)
    return at.mustBeDir && node.kind !== 'dir' ? fail(errno.NOTDIR) : node
  }
  /** what can lose its name: not '.', nor what lies in a read-only directory, as every mount does */
  const removable = (at: Place): TreeNode => {
    const node = existing(at)
    if (at.name === '.') fail(errno.INVAL)
    if (at.dir.isReadonly) fail(errno.ROFS)
    return node
  }
  const lies = (dir: DirNode, within: TreeNode): boolean => {
    for (let above = dir; ; above = above.parent) {
      if (above === within) return true
      if (above.parent === above) return false
    }
  }
  /** a new name for a thing, where there is none */
  const give = (at: Place, make: () => TreeNode) => {
    if (at.node !== undefined) fail(errno.EXIST)
    tree.claim(at.dir, at.name)
    tree.attach(at.dir, at.name, make())
  }
  const isEmpty = (node: TreeNode): boolean => node.kind !== 'dir' || node.entries().size === 0

  function replace(node: TreeNode, by: TreeNode, at: Place) {
    if (by.kind === 'dir' && node.kind !== 'dir') fail(errno.NOTDIR)
    if (by.kind !== 'dir' && node.kind === 'dir') fail(errno.ISDIR)
    if (!isEmpty(node)) fail(errno.NOTEMPTY)
    tree.detach(at.dir, at.name, node)
  }

  return {
    path_create_directory(fd: number, pointer: number, length: number) {
      const entries = new Map<string, TreeNode>()
      give(place(fd, pointer, length, 0), () => tree.newDir({ isReadonly: false, entries: () => entries }))
    },
    path_filestat_get(fd: number, flags: number, pointer: number, length: number, out: number) {
      stat.write(out, existing(place(fd, pointer, length, flags)))
    },
    path_filestat_set_times(
      fd: number,
      flags: number,
      pointer: number,
      length: number,
      accessed: bigint,
      modified: bigint,
      which: number
    ) {
      stat.setTimes(existing(place(fd, pointer, length, flags)), accessed, modified, which)
    },
    path_link(
      fromFd: number,
      flags: number,
      from: number,
      fromLength: number,
      toFd: number,
      to: number,
      toLength: number
    ) {
      const node = existing(place(fromFd, from, fromLength, flags))
      const at = place(toFd, to, toLength, 0)
      if (node.kind === 'dir') fail(errno.PERM)
      if (at.node === undefined && at.mustBeDir) fail(errno.NOENT)
      if (node.isReadonly) fail(errno.XDEV)
      give(at, () => node)
    },
    path_readlink(fd: number, pointer: number, length: number, buffer: number, room: number, out: number) {
      const node = existing(place(fd, pointer, length, 0))
      if (node.kind !== 'link') return fail(errno.INVAL)
      const target = new TextEncoder().encode(node.target).subarray(0, room >>> 0)
      memory.slice(buffer, target.byteLength).set(target)
      memory.setU32(out, target.byteLength)
    },
    path_remove_directory(fd: number, pointer: number, length: number) {
      const at = place(fd, pointer, length, 0)
      if (existing(at).kind !== 'dir') fail(errno.NOTDIR)
      const node = removable(at)
      if (!isEmpty(node)) fail(errno.NOTEMPTY)
      tree.detach(at.dir, at.name, node)
    },
    path_rename(fromFd: number, from: number, fromLength: number, toFd: number, to: number, toLength: number) {
      const source = place(fromFd, from, fromLength, 0)
      const target = place(toFd, to, toLength, 0)
      const node = removable(source)
      if (target.mustBeDir && node.kind !== 'dir') fail(errno.NOTDIR)
      if (target.node === node) return
      if (target.name === '.' || (node.kind === 'dir' && lies(target.dir, node))) fail(errno.INVAL)
      tree.checkName(target.dir, target.name)
      if (target.node !== undefined) replace(removable(target), node, target)
      tree.move(source, target, node)
    },
    path_symlink(text: number, textLength: number, fd: number, pointer: number, length: number) {
      const target = memory.path(text, textLength)
      // where it leads must not depend on where the root of the program lies
      if (target.startsWith('/')) fail(errno.NOTCAPABLE)
      if (target === '') fail(errno.INVAL)
      const at = place(fd, pointer, length, 0)
      if (at.node === undefined && at.mustBeDir) fail(errno.NOENT)
      give(at, () => tree.newLink(target))
    },
    path_unlink_file(fd: number, pointer: number, length: number) {
      const at = place(fd, pointer, length, 0)
      if (existing(at).kind === 'dir') fail(errno.ISDIR)
      tree.detach(at.dir, at.name, removable(at))
    }
  }
}
