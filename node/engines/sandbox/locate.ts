import { existsSync, realpathSync } from 'node:fs'
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

/**
 * What brings isolated-vm back where it is not installed; undefined where it is. It is optional, so that an install ends well where
 * it has no binary: such a node has no js and no wasm.
 */
export function isolatedVmRemedy(sandbox: string): string | undefined {
  try {
    isolatedVmOf(sandbox)
    return undefined
  } catch {
    const root = checkoutOf(sandbox)
    return root === undefined
      ? 'install it again with Node 24, which brings it: npm install --global dcn-node'
      : `run in ${root}: rm -f node_modules/.dcn-setup && npm run setup`
  }
}

const isolatedVmOf = (sandbox: string): string => dirname(createRequire(sandbox).resolve('isolated-vm/package.json'))

/** The root of the checkout that a file belongs to; the package that is published has no scripts. */
function checkoutOf(file: string): string | undefined {
  for (let dir = dirname(file); dir !== dirname(dir); dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return existsSync(join(dir, 'scripts', 'run.mjs')) ? dir : undefined
  }
  return undefined
}
