import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const ARCH: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }

/**
 * The binary itself, without the npm wrapper, which ends with 0 whatever the binary ended with: a failed build would pass. It is
 * one process less besides, and signals reach it.
 */
export function foundryBinary(tool: 'anvil' | 'forge'): string {
  const require = createRequire(import.meta.url)
  const name = `@foundry-rs/${tool}-${process.platform}-${ARCH[process.arch] ?? process.arch}`
  const exe = process.platform === 'win32' ? `${tool}.exe` : tool
  return join(dirname(require.resolve(`${name}/package.json`)), 'bin', exe)
}
