import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const DIR = resolve(import.meta.dirname, '../../fixtures/wasm')

/** Programs in C, each committed with its source as it was compiled last (scripts/wasm-fixtures.ts). */
export const FIXTURES = ['suite', 'word-count', 'wasi'] as const
export type Fixture = (typeof FIXTURES)[number]

export const sourceOf = (name: Fixture): string => join(DIR, `${name}.c`)
export const fixture = (name: Fixture): string => join(DIR, `${name}.wasm`)

/** Where Debian puts the C library for WASI (package wasi-libc). */
const LIBC = '/usr/include/wasm32-wasi'
// names and debug information would double the size
const FLAGS = ['--target=wasm32-wasi', '-Os', '-Wall', '-Wno-unused-parameter', '-Werror', '-Wl,--strip-all']

/** The C compiler for WASI of this host, as it names itself, or what is missing. */
export function compiler(): { version: string } | { missing: string } {
  const { status, stdout } = spawnSync('clang', ['--version'], { encoding: 'utf8' })
  if (status === 0 && existsSync(LIBC)) return { version: stdout.split('\n')[0] ?? '' }
  return { missing: 'no C compiler for WASI; on Debian: apt install clang lld wasi-libc libclang-rt-dev-wasm32' }
}

/** @throws Error with the compiler's words */
export function compile(source: string, to: string, flags: readonly string[] = []): void {
  const { status, stderr } = spawnSync('clang', [...FLAGS, ...flags, '-o', to, source], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${source} could not be compiled:\n${stderr}`)
}
