import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InternalError } from '../../protocols/common/errors.ts'

/** Beside this file in a checkout; beside or above the bundle in a package. */
const PLACES = ['./page', './faucet', '../faucet']
const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/solve.js': ['solve.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml']
} as const

export interface PageFile {
  path: string
  type: string
  content: Buffer
}

/** The files of the page, whole: a few kilobytes. */
export async function pageFiles(): Promise<PageFile[]> {
  const dir = PLACES.map(place => fileURLToPath(new URL(place, import.meta.url))).find(path =>
    existsSync(join(path, 'index.html'))
  )
  if (dir === undefined) throw new InternalError('the page of the faucet is not in this installation')
  return Promise.all(
    Object.entries(FILES).map(async ([path, [name, type]]) => ({ path, type, content: await contentOf(dir, name) }))
  )
}

async function contentOf(dir: string, name: string): Promise<Buffer> {
  const source = join(dir, name.replace(/\.js$/, '.ts'))
  if (!name.endsWith('.js') || !existsSync(source)) return readFile(join(dir, name))
  // a checkout: what the build would have put there
  const { build } = await import('esbuild')
  const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: 'esm', write: false })
  return Buffer.from(outputFiles[0]?.contents ?? [])
}
