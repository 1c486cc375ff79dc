import type { WasiCodes } from './codes.ts'
import type { WasiEnds } from './ends.ts'
import type { DirNode, Place, TreeNode } from './types.ts'

/** Follows paths. None leads out of the directory it starts from, neither by '..' nor by a link. */
export function wasiResolve({ errno }: WasiCodes, { fail }: WasiEnds) {
  const MAX_LINKS = 40
  /** last part first */
  const partsOf = (path: string): string[] => {
    if (path === '') fail(errno.NOENT)
    if (path.startsWith('/')) fail(errno.NOTCAPABLE)
    const parts = path.split('/').filter(part => part !== '' && part !== '.')
    return parts.reverse()
  }
  const endsInDir = (path: string): boolean => /(^|\/)\.{0,2}$/.test(path)
  const enter = (node: TreeNode | undefined): DirNode => {
    if (node === undefined) return fail(errno.NOENT)
    return node.kind === 'dir' ? node : fail(errno.NOTDIR)
  }

  /** @param follow whether a link in the last place is followed too */
  return (from: DirNode, path: string, follow: boolean): Place => {
    const rest = partsOf(path)
    const above: DirNode[] = []
    let dir = from
    let mustBeDir = endsInDir(path)
    let links = 0
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === '..') {
        dir = above.pop() ?? fail(errno.NOTCAPABLE)
        continue
      }
      const node = dir.entries().get(part)
      const isLast = rest.length === 0
      const isFollowed = node?.kind === 'link' && (!isLast || follow || mustBeDir)
      if (isFollowed) {
        links += 1
        if (links > MAX_LINKS) fail(errno.LOOP)
        mustBeDir ||= isLast && endsInDir(node.target)
        rest.push(...partsOf(node.target))
      } else if (isLast) return { dir, name: part, node, mustBeDir }
      else {
        above.push(dir)
        dir = enter(node)
      }
    }
    return { dir, name: '.', node: dir, mustBeDir: true }
  }
}

export type WasiResolve = ReturnType<typeof wasiResolve>
