import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hex } from '../../../protocols/common/values.ts'
import type { JobDirs } from '../../engines/engine.ts'

/** Where a deal's files lie on the provider: `work/<deal id>/…`, removed when the deal is over. */
export function jobPaths(workDir: string, deal: Hex, inputCount: number) {
  const root = join(workDir, deal.slice(2))
  const inputs = Array.from({ length: inputCount }, (_unused, i) => join(root, 'inputs', String(i)))
  const dirs: JobDirs = { inputs, outputs: join(root, 'outputs'), scratch: join(root, 'scratch') }
  return { root, dirs, log: join(root, 'log'), key: join(root, 'key'), modules: join(root, 'modules') }
}

/** An empty set of directories: what a run before a crash left is removed, inputs stay. */
export async function freshDirs(dirs: JobDirs): Promise<void> {
  await Promise.all([dirs.outputs, dirs.scratch].map(freshDir))
}

async function freshDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
}
