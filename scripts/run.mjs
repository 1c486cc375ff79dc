#!/usr/bin/env node
// Entry of every npm script: makes the checkout ready, then runs the named TypeScript file with the project's own Node.
// Plain JavaScript for Node ≥ 18, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.dcn-setup')
const node = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** Installs when the lockfile changed since the last time; afterwards no network is needed. */
export function setup() {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 18) fail(`Node ${process.versions.node} is too old to start from; install Node 18 or newer`)
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && existsSync(node) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('installing dependencies (once; install scripts stay off)\n')
  // --ignore-scripts: on an older host Node a native package would try to compile; its prebuilt binary is used instead.
  // --no-save: exactly the versions of the lockfile, which stays as it is. (npm ci refuses a lockfile that lacks packages
  // for other platforms, and such a lockfile is what npm writes where a registry mirror does not carry them.)
  const install = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  npm(install)
  // the one install script that is wanted: it puts the Node 24 binary in place
  npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'])
  if (!existsSync(node))
    fail('the package "node" did not bring its binary: check the registry connection and run npm run setup again')
  // npm leaves out an optional package whose engines the Node below npm does not meet: once more, with the one just installed
  if (!existsSync(join(modules, 'isolated-vm'))) npm(install, dirname(node))
  if (!existsSync(join(modules, 'isolated-vm')))
    process.stderr.write('isolated-vm could not be installed: nodes of this checkout run no js and no wasm jobs\n')
  writeFileSync(stamp, wanted)
}

/** With `bin`, npm itself runs by the Node that lies there. */
function npm(args, bin) {
  const cli = process.env.npm_execpath
  const own = bin !== undefined && cli?.endsWith('npm-cli.js') ? cli : undefined
  const { status, error } = spawnSync(own ? node : 'npm', own ? [own, ...args] : args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: bin === undefined ? process.env : { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
    shell: process.platform === 'win32' && !own
  })
  if (status !== 0) fail(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ''}; the lines above say why`)
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

setup()
const [file, ...args] = process.argv.slice(2)
if (file !== undefined) {
  const env = {
    ...process.env,
    PATH: `${join(modules, '.bin')}:${process.env.PATH}`,
    NODE_OPTIONS: process.env.NODE_OPTIONS ?? ''
  }
  const child = spawn(node, [join(root, file), ...args], { cwd: process.cwd(), stdio: 'inherit', env })
  // the terminal sends Ctrl-C to the whole group; kill(pid) reaches only us, so pass it on
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
}
