// `npm run example NAME`: runs one of docs/examples from a clean clone, with dcn and dcn-node of this checkout on the PATH.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { prepareBundles } from './lib/prepare.ts'

const root = join(import.meta.dirname, '..')
const EXAMPLES = join(root, 'docs', 'examples')

/** Names of the examples, as `npm run example` takes them. */
export const exampleNames = (): string[] =>
  readdirSync(EXAMPLES, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && existsSync(join(EXAMPLES, entry.name, 'run.sh')))
    .map(entry => entry.name)

/** What an example finds: its own empty directory, and the commands of this checkout. @param dir below which both are put */
export function exampleEnv(dir: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const bin = join(dir, '.bin')
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(bin, { recursive: true })
  for (const name of ['dcn', 'dcn-node']) symlinkSync(join(root, 'dist', 'bin', `${name}.mjs`), join(bin, name))
  const path = [bin, dirname(process.execPath), env['PATH']].join(delimiter)
  return { ...env, PATH: path, DCN_EXAMPLE_DIR: dir, DCN_CHECKOUT: root }
}

async function main(name: string | undefined): Promise<number> {
  if (name === undefined || !exampleNames().includes(name)) {
    console.error(`npm run example NAME; there are: ${exampleNames().join(', ')}`)
    return 2
  }
  await prepareBundles(text => console.error(text))
  const dir = join(root, '.data', 'examples', name)
  const child = spawn(join(EXAMPLES, name, 'run.sh'), { env: exampleEnv(dir), stdio: 'inherit' })
  // the terminal sends Ctrl-C to the whole group: the script stops its nodes, and this waits for it
  process.on('SIGINT', () => undefined)
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', status => resolve(status ?? 1))
  })
  if (code === 0) console.error(`\nwhat it left is in ${dir}`)
  return code
}

if (import.meta.main) process.exitCode = await main(process.argv[2])
