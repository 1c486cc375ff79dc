import type { WasiCodes } from './codes.ts'
import type { WasiDescriptors } from './descriptors.ts'
import type { WasiEnds } from './ends.ts'
import type { WasiMemory } from './memory.ts'
import type { WasiStat } from './stat.ts'
import type { WasiTree } from './tree.ts'
import type { FileNode, OpenNode } from './types.ts'

export interface FdParts {
  codes: WasiCodes
  ends: WasiEnds
  memory: WasiMemory
  stat: WasiStat
  tree: WasiTree
  descriptors: WasiDescriptors
  /** bytes for stdout (1) or stderr (2) */
  print(stream: number, bytes: Uint8Array): void
}

/** What a program does with what it has open. */
export function wasiFdCalls({ codes, ends, memory, stat, tree, descriptors, print }: FdParts) {
  const { errno, rights, fdflags } = codes
  const { fail } = ends
  const WHENCE = { SET: 0, CURRENT: 1, END: 2 }
  const LAST_ADVICE = 5

  /** an offset or size that a number holds exactly */
  const exact = (value: bigint): number =>
    value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER) ? fail(errno.INVAL) : Number(value)
  const readInto = (file: FileNode, from: number, buffers: readonly Uint8Array[]): number => {
    let read = 0
    for (const buffer of buffers) {
      const got = file.data.read(from + read, buffer)
      read += got
      if (got < buffer.byteLength) break
    }
    return read
  }
  const writeFrom = (open: OpenNode & { node: FileNode }, from: number, buffers: readonly Uint8Array[]): number => {
    let written = 0
    for (const buffer of buffers) {
      if (buffer.byteLength === 0) continue
      tree.write(open.node, from + written, buffer)
      written += buffer.byteLength
    }
    return written
  }

  return {
    fd_advise(fd: number, offset: bigint, length: bigint, advice: number) {
      descriptors.file(fd)
      if (offset < 0n || length < 0n || advice >>> 0 > LAST_ADVICE) fail(errno.INVAL)
    },
    fd_allocate(fd: number, offset: bigint, length: bigint) {
      const { node } = descriptors.file(fd, rights.FD_WRITE)
      if (length <= 0n) fail(errno.INVAL)
      tree.resize(node, Math.max(node.data.size, exact(offset + length)))
    },
    fd_close: (fd: number) => descriptors.close(fd),
    fd_datasync: (fd: number) => void descriptors.get(fd),
    fd_sync: (fd: number) => void descriptors.get(fd),
    fd_fdstat_get(fd: number, out: number) {
      const open = descriptors.get(fd)
      memory.slice(out, 24).fill(0)
      memory.setU8(out, stat.typeOf(open.node))
      memory.setU16(out + 2, open.flags)
      memory.setU64(out + 8, open.rights)
      memory.setU64(out + 16, open.inheriting)
    },
    fd_fdstat_set_flags(fd: number, flags: number) {
      const open = descriptors.get(fd)
      if ((flags & ~fdflags.ALL) !== 0) fail(errno.INVAL)
      open.flags = flags
    },
    /** rights can be given away, not taken */
    fd_fdstat_set_rights(fd: number, base: bigint, inheriting: bigint) {
      const open = descriptors.get(fd)
      if ((base & ~open.rights) !== 0n || (inheriting & ~open.inheriting) !== 0n) fail(errno.NOTCAPABLE)
      open.rights = base
      open.inheriting = inheriting
    },
    fd_filestat_get: (fd: number, out: number) => stat.write(out, descriptors.get(fd).node),
    fd_filestat_set_size(fd: number, size: bigint) {
      tree.resize(descriptors.file(fd, rights.FD_WRITE).node, exact(size))
    },
    fd_filestat_set_times(fd: number, accessed: bigint, modified: bigint, flags: number) {
      const { node } = descriptors.get(fd)
      stat.setTimes(node ?? fail(errno.INVAL), accessed, modified, flags)
    },
    fd_pread(fd: number, vectors: number, count: number, offset: bigint, out: number) {
      const { node } = descriptors.file(fd, rights.FD_READ)
      memory.setU32(out, readInto(node, exact(offset), memory.vectors(vectors, count)))
    },
    fd_pwrite(fd: number, vectors: number, count: number, offset: bigint, out: number) {
      const open = descriptors.file(fd, rights.FD_WRITE)
      // as POSIX has it; Linux would append
      memory.setU32(out, writeFrom(open, exact(offset), memory.vectors(vectors, count)))
    },
    fd_read(fd: number, vectors: number, count: number, out: number) {
      const open = descriptors.get(fd)
      if (open.node === undefined) {
        if (open.stream !== 0) fail(errno.BADF)
        return memory.setU32(out, 0)
      }
      const { node } = descriptors.file(fd, rights.FD_READ)
      const read = readInto(node, open.at, memory.vectors(vectors, count))
      open.at += read
      memory.setU32(out, read)
    },
    fd_write(fd: number, vectors: number, count: number, out: number) {
      const open = descriptors.get(fd)
      const buffers = memory.vectors(vectors, count)
      if (open.node === undefined) {
        if (open.stream === 0) fail(errno.BADF)
        for (const buffer of buffers) print(open.stream, buffer)
        return memory.setU32(
          out,
          buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0)
        )
      }
      const file = descriptors.file(fd, rights.FD_WRITE)
      if ((open.flags & fdflags.APPEND) !== 0) open.at = file.node.data.size
      const written = writeFrom(file, open.at, buffers)
      open.at += written
      memory.setU32(out, written)
    },
    fd_prestat_get(fd: number, out: number) {
      const name = descriptors.get(fd).preopen ?? fail(errno.BADF)
      memory.setU32(out, 0)
      memory.setU32(out + 4, name.byteLength)
    },
    fd_prestat_dir_name(fd: number, buffer: number, length: number) {
      const name = descriptors.get(fd).preopen ?? fail(errno.BADF)
      if (length >>> 0 < name.byteLength) fail(errno.NAMETOOLONG)
      memory.slice(buffer, name.byteLength).set(name)
    },
    fd_renumber: (from: number, to: number) => descriptors.renumber(from, to),
    fd_seek(fd: number, offset: bigint, whence: number, out: number) {
      const open = descriptors.file(fd)
      const from = { [WHENCE.SET]: 0, [WHENCE.CURRENT]: open.at, [WHENCE.END]: open.node.data.size }[whence]
      if (from === undefined) return fail(errno.INVAL)
      open.at = exact(BigInt(from) + offset)
      memory.setU64(out, BigInt(open.at))
    },
    fd_tell: (fd: number, out: number) => memory.setU64(out, BigInt(descriptors.file(fd).at))
  }
}
