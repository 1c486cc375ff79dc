// `node scripts/run.mjs scripts/wasi-testsuite.ts DIR`: runs the WASI project's own tests of preview 1 against the WASI of the wasm
// engine. DIR is a checkout of github.com/WebAssembly/wasi-testsuite, branch prod/testsuite-base, which has them compiled.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { WASI_PARTS } from '../node/engines/wasm/guest/index.ts'
import { runGuest } from '../test/support/wasm/guest.ts'

interface Config {
  root?: string
  args?: string[]
  env?: Record<string, string>
  exit_code?: number
  stdout?: string
}

type Mounts = (typeof WASI_PARTS)['wasiMounts']
const PREOPENED = 3

/** What the tests take for granted: a root that can be written to, with files in it. */
const mountsOf =
  (root: string | undefined): Mounts =>
  tree => {
    const load = (path: string | undefined) => {
      const entries = new Map()
      const dir = tree.newDir({ isReadonly: false, entries: () => entries })
      for (const name of path === undefined ? [] : readdirSync(path)) {
        const at = join(path ?? '', name)
        if (statSync(at).isDirectory()) tree.attach(dir, name, load(at))
        else {
          const file = tree.newFile()
          tree.attach(dir, name, file)
          tree.write(file, 0, readFileSync(at))
        }
      }
      return dir
    }
    const dir = load(root)
    dir.links = 1
    return { root: dir, outputs: [] }
  }

/** A test without a root has no directory open. */
const descriptorsOf =
  (root: string | undefined): (typeof WASI_PARTS)['wasiDescriptors'] =>
  (...parts) => {
    const made = WASI_PARTS.wasiDescriptors(...parts)
    if (root === undefined) made.close(PREOPENED)
    return made
  }

/** What was wrong; undefined for a test that passed. */
function failure(module: string): string | undefined {
  const file = module.replace(/\.wasm$/, '.json')
  const config = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Config) : {}
  const root = config.root === undefined ? undefined : join(dirname(module), config.root)
  const { args = [], env = {}, exit_code = 0 } = config
  const parts = { wasiMounts: mountsOf(root), wasiDescriptors: descriptorsOf(root) }
  const { end, stdout, stderr } = runGuest(readFileSync(module), { args, env, parts })
  if (end.status !== 'exited' || end.exitCode !== exit_code) return `${end.status} ${end.exitCode}: ${stderr}`
  return config.stdout === undefined || config.stdout === stdout.toString() ? undefined : `printed ${stdout}`
}

const dir = process.argv[2]
if (dir === undefined) {
  console.error('name the directory of the test suite')
  process.exit(2)
}
const modules = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  .filter(path => path.includes('wasm32-wasip1') && path.endsWith('.wasm'))
  .sort()
const failures = modules.flatMap(path => {
  const why = failure(join(dir, path))
  return why === undefined ? [] : [`${basename(path)}: ${why}`]
})
for (const line of failures) console.error(line)
console.log(`${modules.length - failures.length} of ${modules.length} passed`)
process.exitCode = failures.length === 0 && modules.length > 0 ? 0 : 1
