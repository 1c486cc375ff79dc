import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Block } from './blocks.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/**
 * Type-checks blocks with the package's own types, each as a file of its own that may import `dcn-node` and, by `./`, this
 * checkout. A js program is checked less strictly: it says no types.
 *
 * @returns what the compiler says; empty when nothing is wrong
 */
export function checkCode(blocks: readonly Block[]): string {
  mkdirSync(join(root, 'cache'), { recursive: true })
  const dir = mkdtempSync(join(root, 'cache', 'docs-'))
  try {
    return ['ts', 'js']
      .map(lang =>
        compile(
          join(dir, lang),
          lang,
          blocks.filter(block => block.lang === lang)
        )
      )
      .join('')
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function compile(dir: string, lang: string, blocks: readonly Block[]): string {
  if (blocks.length === 0) return ''
  mkdirSync(dir)
  const files = blocks.map(({ at, text }) => {
    const name = `${at.replace(/[^\w]+/g, '-')}.${lang === 'ts' ? 'mts' : 'mjs'}`
    const source = text.replace(/from '\.\//g, "from '../../../")
    writeFileSync(join(dir, name), `${source}\nexport {}\n`)
    return name
  })
  const compilerOptions = {
    noEmit: true,
    ...(lang === 'js' ? { allowJs: true, checkJs: true, noImplicitAny: false } : {})
  }
  writeFileSync(
    join(dir, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*'], files })
  )
  const { status, stdout } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', dir], { encoding: 'utf8' })
  return status === 0 ? '' : stdout
}

/** Runs a program that imports the package, as a person would. @returns what it says when it fails */
export function runProgram({ at, text }: Block): string {
  const dir = mkdtempSync(join(root, 'cache', 'docs-'))
  try {
    const file = join(dir, 'program.mjs')
    writeFileSync(file, text)
    const { status, stderr } = spawnSync(process.execPath, [file], { cwd: dir, encoding: 'utf8', timeout: 60_000 })
    return status === 0 ? '' : `${at}: ${stderr}`
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

interface Solc {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } | { error: string } }): string
}

/** Compiles Solidity blocks, which may import `dcn-node/contracts/…` and `@openzeppelin/…`. @returns what the compiler says */
export function checkSolidity(blocks: readonly Block[]): string {
  if (blocks.length === 0) return ''
  const solc = createRequire(import.meta.url)('solc') as Solc
  const sources = Object.fromEntries(blocks.map(({ at, text }) => [at, { content: text }]))
  const settings = { outputSelection: { '*': { '*': ['abi'] } }, evmVersion: 'prague' }
  const find = (path: string) => {
    const file = path.startsWith('dcn-node/')
      ? join(root, path.slice('dcn-node/'.length))
      : join(root, 'node_modules', path)
    return existsSync(file) ? { contents: readFileSync(file, 'utf8') } : { error: `there is no ${path}` }
  }
  const output = solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }), { import: find })
  const { errors = [] } = JSON.parse(output) as { errors?: { severity: string; formattedMessage: string }[] }
  return errors
    .filter(error => error.severity === 'error')
    .map(error => error.formattedMessage)
    .join('')
}
