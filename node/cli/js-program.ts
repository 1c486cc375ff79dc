import { basename, dirname, extname } from 'node:path'
import type { BuildFailure, BuildOptions } from 'esbuild'
import { InvalidInputError, messageOf, TooLargeError } from '../../protocols/common/errors.ts'
import { readNamedText } from './read-file.ts'

/** What the engine takes of a program named by CID. */
const MAX_BYTES = 4 * 1024 * 1024
/** What the JavaScript engine cannot take as it is. */
const TYPED = new Set(['.ts', '.mts', '.tsx', '.jsx'])
/** A statement that names another module; in a string or comment it only costs a bundling that changes nothing. */
const IMPORTS = /(^|[\s;}])(import|export)\b[^;'"`]*\bfrom\s*['"]|(?<![\w$.])import\s*['"(]/

/**
 * A sandbox has no modules but the program itself, so what it imports is put into it: files beside it, JSON, packages installed
 * there. A module that imports nothing stays as it is, byte for byte.
 */
const BUNDLE = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['import', 'module'],
  target: 'es2024',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'silent'
} as const satisfies BuildOptions

/** The text of a JavaScript job's one module. @throws InvalidInputError, TooLargeError */
export async function readProgram(path: string): Promise<string> {
  const text = await readNamedText(path, { maxBytes: MAX_BYTES, tooLarge: 'pass data with --input' })
  const program = TYPED.has(extname(path)) || IMPORTS.test(text) ? await bundled(path) : await checked(path, text)
  const size = Buffer.byteLength(program)
  if (size > MAX_BYTES) {
    throw new TooLargeError(`${path} with what it imports (bytes)`, size, MAX_BYTES, 'pass data with --input')
  }
  return program
}

async function bundled(path: string): Promise<string> {
  // a native program of 10 MB: only those who need it load it
  const { build } = await import('esbuild')
  const dir = dirname(path)
  try {
    const { outputFiles } = await build({ ...BUNDLE, entryPoints: [basename(path)], absWorkingDir: dir })
    return outputFiles[0]?.text ?? ''
  } catch (error) {
    throw refusal(error, path)
  }
}

/** The same text: what cannot even be parsed is not paid for. */
async function checked(path: string, text: string): Promise<string> {
  const { transform } = await import('esbuild')
  try {
    await transform(text, { loader: 'js', format: 'esm', logLevel: 'silent', sourcefile: basename(path) })
    return text
  } catch (error) {
    throw refusal(error, path)
  }
}

/** The first thing the bundler could not do, with its place. */
function refusal(cause: unknown, path: string): InvalidInputError {
  const [first] = (cause as Partial<BuildFailure>).errors ?? []
  const { file = path, line, column } = first?.location ?? {}
  const place = line === undefined ? file : `${file}:${line}:${(column ?? 0) + 1}`
  const text = first?.text ?? messageOf(cause)
  const remedy = text.startsWith('Could not resolve')
    ? "import files beside it or packages installed there; Node's own modules are not there in a sandbox"
    : 'correct the module'
  return new InvalidInputError(`${place}: ${text}`, { field: 'engine.js', value: file, remedy, cause })
}
