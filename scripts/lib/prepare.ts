import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '../build.ts'
import { foundryBinary } from './foundry.ts'

const root = join(import.meta.dirname, '..', '..')
const STAMP = join(root, 'dist', '.sources')

/** Compiles the contracts and bundles the binaries, each only when its sources changed. */
export async function prepareBuild(say: (text: string) => void): Promise<void> {
  say('compiling contracts (about a minute the first time)')
  // its cache of signatures would go to the user's home directory
  const env = { ...process.env, HOME: join(root, 'cache') }
  const built = spawnSync(foundryBinary('forge'), ['build', '--quiet'], { cwd: root, env, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`forge build failed:\n${built.stdout}${built.stderr}`)
  const sources = fingerprint()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return
  say('bundling dcn-node and dcn')
  await bundle()
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(STAMP, sources)
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
