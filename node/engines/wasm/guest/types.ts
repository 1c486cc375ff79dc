import type { WasiData } from './bytes.ts'

interface NodeBase {
  readonly ino: bigint
  /** directories it has a name in */
  links: number
  /** descriptors that have it open */
  opens: number
  /** inputs and the directories above mounts: the program cannot change them */
  readonly isReadonly: boolean
  accessedNs: bigint
  modifiedNs: bigint
  changedNs: bigint
}

/** What can be changed of a file's content; absent for inputs. */
export interface WasiContent extends WasiData {
  write(at: number, bytes: Uint8Array): void
  resize(size: number): void
}

export interface FileNode extends NodeBase {
  readonly kind: 'file'
  readonly data: WasiData
  readonly content: WasiContent | undefined
}

export interface DirNode extends NodeBase {
  readonly kind: 'dir'
  parent: DirNode
  /** names in the order of their making, those of inputs in byte order */
  entries(): Map<string, TreeNode>
}

export interface LinkNode extends NodeBase {
  readonly kind: 'link'
  readonly target: string
}

export type TreeNode = FileNode | DirNode | LinkNode

/** Where a path leads: a name in a directory, and what has it. */
export interface Place {
  dir: DirNode
  /** '.' when the path ends at the directory itself */
  name: string
  node: TreeNode | undefined
  /** the path ends in '/', so what it names must be a directory */
  mustBeDir: boolean
}

/** A descriptor. */
export interface OpenNode {
  node: TreeNode | undefined
  /** of a descriptor without a node */
  stream: 0 | 1 | 2
  at: number
  flags: number
  rights: bigint
  inheriting: bigint
  /** the name under which the program was given it */
  preopen: Uint8Array | undefined
  /** what fd_readdir shows, as it was when the program began to read */
  listing: { name: Uint8Array; node: TreeNode }[] | undefined
}

/** Where the job's inputs and outputs appear; container paths. */
export interface WasiMounts {
  /** `sizeBytes` is -1 for a directory */
  inputs: { path: string; sizeBytes: number }[]
  outputs: string[]
}

export interface WasiLimits {
  /** of the program's memory and the files it has written, which are kept in memory */
  memoryBytes: number
  /** of all files it has written */
  diskBytes: number
  /** files, directories and links it has made */
  entries: number
}
