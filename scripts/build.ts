// Builds what the package ships into dist/: one bundle per binary, the sandbox's entry, the SDK, its types and the contracts' interfaces.
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { writeAbis } from './lib/abi-files.ts'
import { commonJsLoadedLate } from './lib/late-imports.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/** What is native stays a package; everything else is inside the bundle, so an install is small and a start is quick. */
const EXTERNAL = ['isolated-vm', 'classic-level', 'esbuild', 'cpu-features', '*.node']
const ENTRIES = {
  'bin/compile-cache': 'node/cli/compile-cache.ts',
  'bin/sandbox': 'node/engines/sandbox/main.ts',
  'bin/forwarder': 'node/engines/docker/network/forwarder.ts',
  index: 'node/index.ts'
}
/**
 * Programs in parts, each loaded when it is needed. The client starts often and ends soon: each of its commands is a part. A node
 * reads its flags and opens its keys before most of its code is there.
 */
const PROGRAMS = { dcn: 'node/cli/dcn.ts', 'dcn-node': 'node/cli/dcn-node.ts' }
const CHUNK = /^dcn-(node-)?part-/
/** CommonJS inside an ES module needs these three. */
const SHIM = `import { createRequire as __createRequire } from 'node:module'
import { fileURLToPath as __fileURLToPath } from 'node:url'
import { dirname as __dirnameOf } from 'node:path'
const require = __createRequire(import.meta.url)
const __filename = __fileURLToPath(import.meta.url)
const __dirname = __dirnameOf(__filename)`

/**
 * What dockerode brings for features that are not used here: BuildKit sessions and engines reached over ssh. Left out, a
 * node starts faster and holds less memory.
 */
const UNUSED = ['@grpc/grpc-js', '@grpc/proto-loader', 'ssh2', 'protobufjs']
/** V8 would let its young generation grow to 128 MiB on a large host; a node lives well in a sixteenth. */
export const NODE_FLAGS = ['--max-semi-space-size=8']

const leaveOut: Plugin = {
  name: 'leave-out',
  setup(into) {
    const filter = new RegExp(`^(${UNUSED.join('|')})$`)
    into.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }))
    // messages of validation in 50 languages: half a megabyte that nothing here speaks
    into.onLoad({ filter: /node_modules\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export {}',
      loader: 'js'
    }))
    into.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}', loader: 'js' }))
  }
}

/** What a person starts: an older Node could not even load the bundle, and would not say why. */
const launcher = (name: string, stamp: string): string => `#!/usr/bin/env -S node ${NODE_FLAGS.join(' ')}
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(\`${name} needs Node 24 or newer; this is \${process.version}\\n\`)
  process.exit(2)
}
const { keepCompiled } = await import('./compile-cache.mjs')
keepCompiled('${stamp}')
await import('./${name}.main.mjs')
`

/** Enough to tell builds of one version apart. */
function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 8)
}

const COMMON = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external: EXTERNAL,
  plugins: [leaveOut],
  define: { DCN_VERSION: JSON.stringify(version) },
  banner: { js: SHIM },
  legalComments: 'linked',
  logLevel: 'warning'
} as const satisfies BuildOptions

const under = (entries: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).map(([out, file]) => [out, join(root, file)]))

/** Bundles the binaries; a second or two. */
export async function bundle(): Promise<void> {
  const bin = join(dist, 'bin')
  mkdirSync(bin, { recursive: true })
  const before = readdirSync(bin).filter(name => CHUNK.test(name))
  await build({ ...COMMON, entryPoints: under(ENTRIES), outdir: dist })
  const made = new Set<string>()
  for (const [name, file] of Object.entries(PROGRAMS)) {
    // its parts lie beside it: what looks for a file beside the binary finds it from each of them
    const { metafile } = await build({
      ...COMMON,
      entryPoints: under({ [`${name}.main`]: file }),
      outdir: bin,
      splitting: true,
      chunkNames: `${name}-part-[hash]`,
      metafile: true
    })
    const wrong = commonJsLoadedLate(metafile)
    if (wrong.length > 0) throw new Error(`import() of CommonJS has no named exports in parts: ${wrong.join(', ')}`)
    for (const path of Object.keys(metafile.outputs)) made.add(basename(path))
  }
  // last: a client that runs meanwhile still finds the parts that it began with
  for (const name of before) if (!made.has(name)) rmSync(join(bin, name), { force: true })
  cpSync(join(root, 'node/modules/builtin'), join(dist, 'modules'), { recursive: true })
  await faucetPage(join(root, 'node/faucet/page'), join(dist, 'faucet'))
  const stamp = `${version}-${hashOf([...made].sort().map(name => join(bin, name)))}`
  for (const name of Object.keys(PROGRAMS)) {
    const path = join(bin, `${name}.mjs`)
    writeFileSync(path, launcher(name, stamp))
    chmodSync(path, 0o755)
  }
}

/** The page of a faucet: as it is, but for what its worker imports. */
async function faucetPage(from: string, to: string): Promise<void> {
  cpSync(from, to, { recursive: true, filter: path => !path.endsWith('.ts') })
  await build({ entryPoints: [join(from, 'solve.ts')], outdir: to, bundle: true, format: 'esm', minify: true })
}

/** The types of the SDK in one file, and the contracts' interfaces; ten seconds. */
export async function declarations(): Promise<void> {
  writeAbis(join(dist, 'abi'))
  // loaded late: the tools take half a second, and most who bundle do not want types
  const { rollUpTypes, MODEL } = await import('./lib/types/rollup.ts')
  rollUpTypes({ types: join(dist, 'index.d.mts'), model: MODEL })
}

if (import.meta.main) {
  rmSync(dist, { recursive: true, force: true })
  await bundle()
  await declarations()
  console.error(`built dist/ (${version})`)
}
