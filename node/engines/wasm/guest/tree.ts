import type { WasiData } from './bytes.ts'
import type { WasiClock } from './clock.ts'
import type { WasiCodes } from './codes.ts'
import type { WasiEnds } from './ends.ts'
import type { DirNode, FileNode, LinkNode, Place, TreeNode, WasiContent, WasiLimits } from './types.ts'

interface TreeParts {
  codes: WasiCodes
  ends: WasiEnds
  clock: WasiClock
  limits: WasiLimits
  /** bytes of the program's own memory now */
  memoryBytes(): number
  /** makes the content of a file, told how to pay for its memory */
  makeContent(charge: (bytes: number) => void): { make(): WasiContent & WasiData }
}

/** Files, directories and symbolic links in memory, and what they may cost: who goes over a limit is over. */
export function wasiTree({ codes, ends, clock, limits, memoryBytes, makeContent }: TreeParts) {
  const { errno } = codes
  const { end, fail } = ends
  const MAX_NAME_BYTES = 255
  const encoder = new TextEncoder()
  let nextIno = 1n
  let held = 0
  let written = 0
  let made = 0

  const contents = makeContent(bytes => {
    if (bytes > 0 && memoryBytes() + held + bytes > limits.memoryBytes) {
      end('out-of-memory', 0, 'the program and the files it has written need more memory than resources.memoryBytes')
    }
    held += bytes
  })
  const spend = (bytes: number) => {
    if (bytes > 0 && written + bytes > limits.diskBytes) {
      end('disk-full', 0, `the job’s outputs have more than ${limits.diskBytes} bytes`)
    }
    written += bytes
  }
  const base = (isReadonly: boolean) => {
    const now = isReadonly ? clock.epoch : clock.realtime()
    return { ino: nextIno++, links: 0, opens: 0, isReadonly, accessedNs: now, modifiedNs: now, changedNs: now }
  }
  const touch = (node: TreeNode) => {
    node.modifiedNs = node.changedNs = clock.realtime()
  }
  const drop = (node: TreeNode) => {
    if (node.links === 0 && node.opens === 0 && node.kind === 'file') resize(node, 0)
  }
  const contentOf = (file: FileNode): WasiContent => file.content ?? fail(errno.ROFS)

  function resize(file: FileNode, size: number) {
    const content = contentOf(file)
    spend(size - content.size)
    content.resize(size)
    touch(file)
  }
  function attach(dir: DirNode, name: string, node: TreeNode) {
    dir.entries().set(name, node)
    node.links += 1
    if (node.kind === 'dir') node.parent = dir
    touch(dir)
  }
  function detach(dir: DirNode, name: string, node: TreeNode) {
    dir.entries().delete(name)
    node.links -= 1
    node.changedNs = clock.realtime()
    touch(dir)
    made -= 1
    drop(node)
  }

  function checkName(dir: DirNode, name: string) {
    if (dir.isReadonly) fail(errno.ROFS)
    if (dir.links === 0) fail(errno.NOENT)
    if (encoder.encode(name).byteLength > MAX_NAME_BYTES) fail(errno.NAMETOOLONG)
  }

  return {
    attach,
    detach,
    resize,
    drop,
    newFile(): FileNode {
      const content = contents.make()
      return { ...base(false), kind: 'file', data: content, content }
    },
    newInput: (data: WasiData): FileNode => ({ ...base(true), kind: 'file', data, content: undefined }),
    /** gives what has a name another one */
    move(from: Pick<Place, 'dir' | 'name'>, to: Pick<Place, 'dir' | 'name'>, node: TreeNode) {
      from.dir.entries().delete(from.name)
      to.dir.entries().set(to.name, node)
      if (node.kind === 'dir') node.parent = to.dir
      for (const dir of [from.dir, to.dir]) touch(dir)
    },
    newLink: (target: string): LinkNode => ({ ...base(false), kind: 'link', target }),
    /** its own parent until it is attached */
    newDir(how: Pick<DirNode, 'isReadonly' | 'entries'>): DirNode {
      const dir: Omit<DirNode, 'parent'> & { parent?: DirNode } = {
        ...base(how.isReadonly),
        kind: 'dir',
        entries: how.entries
      }
      dir.parent = dir as DirNode
      return dir as DirNode
    },
    checkName,
    /** makes room for a new name. @throws an error number where there cannot be one */
    claim(dir: DirNode, name: string) {
      checkName(dir, name)
      if (made >= limits.entries) {
        end('disk-full', 0, `the job’s outputs have more than ${limits.entries} files and directories`)
      }
      made += 1
    },
    write(file: FileNode, at: number, bytes: Uint8Array) {
      const content = contentOf(file)
      spend(Math.max(0, at + bytes.byteLength - content.size))
      content.write(at, bytes)
      touch(file)
    }
  }
}

export type WasiTree = ReturnType<typeof wasiTree>
