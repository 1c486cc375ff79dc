import type { WasiInputs } from './inputs.ts'
import type { WasiTree } from './tree.ts'
import type { DirNode, TreeNode, WasiMounts } from './types.ts'

/**
 * The root that a program sees: inputs and outputs at their paths, `/tmp`, and nothing else. What lies above a mount
 * cannot be changed. No mount lies in another: the specification's rules see to that.
 */
export function wasiMounts(tree: WasiTree, inputs: WasiInputs, { inputs: inputPaths, outputs }: WasiMounts) {
  const newDir = (isReadonly: boolean): DirNode => {
    const entries = new Map<string, TreeNode>()
    return tree.newDir({ isReadonly, entries: () => entries })
  }
  const inputAt = (path: string, sizeBytes: number): TreeNode => {
    if (sizeBytes >= 0) return tree.newInput(inputs.file(path, sizeBytes))
    let entries: Map<string, TreeNode> | undefined
    const load = () => {
      const loaded = new Map<string, TreeNode>()
      for (const [name, size] of inputs.entries(path)) {
        const child = inputAt(`${path}/${name}`, size)
        if (child.kind === 'dir') child.parent = dir
        child.links = 1
        loaded.set(name, child)
      }
      return loaded
    }
    const dir: DirNode = tree.newDir({
      isReadonly: true,
      entries() {
        entries ??= load()
        return entries
      }
    })
    return dir
  }
  const mount = (path: string, node: TreeNode) => {
    const parts = path.split('/').slice(1)
    const name = parts.pop() as string
    let dir = root
    for (const part of parts) {
      const there = dir.entries().get(part)
      const next = there?.kind === 'dir' ? there : newDir(true)
      if (there === undefined) tree.attach(dir, part, next)
      dir = next
    }
    tree.attach(dir, name, node)
  }

  const root = newDir(true)
  const outputDirs = outputs.map(path => ({ path, dir: newDir(false) }))
  for (const { path, dir } of outputDirs) mount(path, dir)
  for (const { path, sizeBytes } of inputPaths) mount(path, inputAt(path, sizeBytes))
  // below or at /tmp the job may have its own ideas
  if (!root.entries().has('tmp')) mount('/tmp', newDir(false))
  return { root, outputs: outputDirs }
}

export type WasiMountTable = ReturnType<typeof wasiMounts>
