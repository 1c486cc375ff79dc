import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundle, declarations } from '../build.ts'
import { foundryBinary } from './foundry.ts'

const root = join(import.meta.dirname, '..', '..')
const STAMP = join(root, 'dist', '.sources')
const TYPES = join(root, 'dist', 'index.d.mts')
const TYPES_STAMP = join(root, 'cache', '.types')

/** Compiles the contracts and bundles the binaries, each only when its sources changed. */
export async function prepareBuild(say: (text: string) => void): Promise<void> {
  say('compiling contracts (about a minute the first time)')
  // its cache of signatures would go to the user's home directory
  const env = { ...process.env, HOME: join(root, 'cache') }
  const built = spawnSync(foundryBinary('forge'), ['build', '--quiet'], { cwd: root, env, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`forge build failed:\n${built.stdout}${built.stderr}`)
  await prepareBundles(say)
}

/** Bundles the binaries when their sources changed. */
export async function prepareBundles(say: (text: string) => void): Promise<void> {
  if (isFresh(STAMP)) return
  say('bundling dcn-node and dcn')
  await bundle()
  stamp(STAMP)
}

/** The declarations and interfaces that the package ships, when their sources changed; ten seconds. */
export async function prepareTypes(): Promise<void> {
  if (isFresh(TYPES_STAMP) && existsSync(TYPES)) return
  await declarations()
  stamp(TYPES_STAMP)
}

const isFresh = (file: string) => existsSync(file) && readFileSync(file, 'utf8') === fingerprint()

function stamp(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, fingerprint())
}

/** Paths, sizes and times of everything that goes into the bundles. */
function fingerprint(): string {
  const hash = createHash('sha256')
  for (const dir of ['node', 'protocols', 'scripts']) {
    for (const name of readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' }).sort()) {
      const { mtimeMs, size } = statSync(join(root, dir, name))
      hash.update(`${dir}/${name} ${size} ${mtimeMs}\n`)
    }
  }
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
}
