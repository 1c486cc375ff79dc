import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { entryFile } from '../entry-file.ts'

/** In a checkout the parts of the engines that run inside a sandbox lie beside its own. */
const PARTS = ['../js', '../wasm']

/** The path of the sandbox process's entry file; undefined when the installation lacks it. */
export function sandboxPath(): string | undefined {
  return entryFile(import.meta.url, './main.ts', 'sandbox.mjs')
}

/** What the sandbox process must read to start: its own code, the modules beside it, and where Node looks for both. */
export function readablePaths(sandbox: string): string[] {
  const isolatedVm = isolatedVmOf(sandbox)
  const code = sandbox.endsWith('.ts') ? PARTS.map(part => join(dirname(sandbox), part)) : []
  const paths = [dirname(sandbox), ...code, isolatedVm, realpathSync(isolatedVm), '/etc/alpine-release']
  for (const start of [dirname(sandbox), realpathSync(isolatedVm)]) {
    for (let dir = start; dir !== dirname(dir); dir = dirname(dir)) {
      paths.push(join(dir, 'package.json'), join(dir, 'node_modules'))
    }
  }
  return [...new Set(paths)]
}

/** Optional, so that an install ends well where it has no binary: such a node has no js and no wasm. */
function isolatedVmOf(sandbox: string): string {
  try {
    return dirname(createRequire(sandbox).resolve('isolated-vm/package.json'))
  } catch (cause) {
    throw new Error('the package isolated-vm is not installed', { cause })
  }
}
