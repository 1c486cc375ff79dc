import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { prepareTypes } from '../../scripts/lib/prepare.ts'
import { type LocalRegistry, localRegistry } from '../support/local-registry.ts'
import { fixture } from '../support/wasm/fixtures.ts'
import { built, temporaryDir } from './support/lab.ts'
import { skip } from './support/skip.ts'

const root = join(import.meta.dirname, '..', '..')
/** What people download, and what it becomes on their disk. Raise it with a reason. */
const MAX_PACKED_BYTES = 6 * 2 ** 20
const MAX_UNPACKED_BYTES = 32 * 2 ** 20
/** Everything that may be in the archive. */
const ALLOWED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/(index\.mjs|index\.d\.mts|index\.mjs\.LEGAL\.txt)$/,
  /^dist\/abi\/\w+\.json$/,
  /^dist\/bin\/[\w.-]+\.(mjs|mjs\.LEGAL\.txt)$/,
  /^dist\/modules\/[\w-]+\/[\w.-]+\.(yaml|mjs)$/,
  /^dist\/faucet\/[\w-]+\.(svg|html|css|js)$/,
  /^contracts\/src\/[\w/]+\.sol$/,
  /^docs\/[\w/.-]+\.(?!jsonl$)\w+$/
]

interface Packed {
  filename: string
  size: number
  unpackedSize: number
  files: { path: string; size: number }[]
}

describe('package', function () {
  this.timeout(120_000)
  let dir: string
  let packed: Packed
  let registry: LocalRegistry
  let prefix: string
  /** where the package lies once it is installed */
  let home: string

  before(async function () {
    this.timeout(240_000)
    await built()
    await prepareTypes()
    dir = await temporaryDir()
    prefix = join(dir, 'prefix')
    home = join(prefix, 'lib', 'node_modules', 'dcn-node')
    mkdirSync(join(dir, 'home'))
    mkdirSync(join(dir, 'node', 'bin'), { recursive: true })
    copyFileSync(process.execPath, join(dir, 'node', 'bin', 'node'))
    const said = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', dir], { cwd: root })
    assert.equal(said.code, 0, said.stderr)
    packed = (JSON.parse(said.stdout) as Packed[])[0] as Packed
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    registry = await localRegistry(root, [{ manifest, path: join(dir, packed.filename) }])
    const flags = [
      '--global',
      '--prefix',
      prefix,
      '--registry',
      registry.url,
      '--no-audit',
      '--no-fund',
      '--no-update-notifier'
    ]
    const installed = await run('npm', ['install', ...flags, 'dcn-node'])
    assert.equal(installed.code, 0, `${installed.stderr}\nmissing: ${registry.missing.join(' ')}`)
  })
  after(async () => {
    await registry?.close()
    await rm(dir, { recursive: true, force: true })
  })

  /** As somebody with an empty home and a fresh Node, and nothing of the checkout on the PATH. */
  async function run(
    command: string,
    args: readonly string[],
    { cwd = dir, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {}
  ) {
    const path = [
      join(prefix, 'bin'),
      join(dir, 'node', 'bin'),
      '/usr/local/bin',
      '/usr/bin',
      '/bin',
      '/usr/sbin',
      '/sbin'
    ]
    const clean = { PATH: path.join(delimiter), HOME: join(dir, 'home'), TMPDIR: dir, LANG: 'C.UTF-8', ...env }
    const child = spawn(command, args, { cwd, env: clean, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', chunk => (stdout += String(chunk)))
    child.stderr.on('data', chunk => (stderr += String(chunk)))
    const [code] = await once(child, 'close')
    return { code: code as number | null, stdout, stderr }
  }

  it('default: holds what is meant to be in it, and no more', () => {
    const paths = packed.files.map(file => file.path)
    assert.deepEqual(
      paths.filter(path => !ALLOWED.some(pattern => pattern.test(path))),
      []
    )
    for (const path of [
      'dist/index.mjs',
      'dist/index.d.mts',
      'dist/bin/dcn.mjs',
      'dist/bin/sandbox.mjs',
      'dist/abi/DealEscrow.json',
      'docs/cli.md'
    ]) {
      assert.ok(paths.includes(path), path)
    }
    assert.ok(packed.size < MAX_PACKED_BYTES, `packed ${packed.size}`)
    assert.ok(packed.unpackedSize < MAX_UNPACKED_BYTES, `unpacked ${packed.unpackedSize}`)
  })

  it('default: every entry of package.json is there, and nothing else can be imported', () => {
    const { exports, bin, types } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
    const targets = [types, ...Object.values(bin), exports['.'].types, exports['.'].default] as string[]
    for (const target of targets) assert.ok(existsSync(join(home, target)), target)
    assert.deepEqual(Object.keys(exports), ['.', './abi/*.json', './contracts/*.sol', './package.json'])
  })

  it('default: installed with an empty home, no network and no checkout, two nodes run js and wasm jobs', async function () {
    if (spawnSync('unshare', ['--mount', '--net', 'true']).status !== 0) skip(this, 'namespaces need root')
    const session = join(dir, 'session.sh')
    copyFileSync(join(import.meta.dirname, 'support', 'installed.sh'), session)
    const wasm = join(dir, 'word-count.wasm')
    copyFileSync(fixture('word-count'), wasm)
    const work = join(dir, 'work')
    mkdirSync(work)
    const ran = await run(
      'unshare',
      ['--mount', '--net', '--', 'bash', session, root, join(home, 'docs', 'examples'), wasm],
      { env: { DCN_EXAMPLE_DIR: work } }
    )
    const told = ran.stdout + ran.stderr
    assert.equal(ran.code, 0, told)
    assert.match(told, /^Usage: dcn /m)
    assert.match(told, /^Usage: dcn-node /m)
    assert.match(told, /^o ####$/m) // the js job
    assert.match(told, /^valid, signed by both sides$/m)
    assert.match(told, /^2 lines, 9 words, 44 bytes$/m) // the wasm job
    const inHome = readdirSync(join(dir, 'home')).filter(name => name !== '.npm')
    assert.deepEqual(inHome, ['.cache'])
    assert.deepEqual(readdirSync(join(dir, 'home', '.cache')), ['dcn-node'])
    const compiled = readdirSync(join(dir, 'home', '.cache', 'dcn-node'), { recursive: true, withFileTypes: true })
    assert.ok(compiled.filter(entry => entry.isFile()).length > 10, 'the code of both programs is kept')
  })

  it('behavior: where nothing can be kept, both programs work and say nothing of it', async () => {
    // not even root makes a directory there
    const env = { HOME: '/proc' }
    for (const name of ['dcn', 'dcn-node']) {
      const { code, stdout, stderr } = await run(name, ['--help'], { env })
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, new RegExp(`^Usage: ${name} `))
    }
  })

  it('default: a JavaScript program imports it, and reads the interface of a contract', async () => {
    const app = consumer('javascript')
    writeFileSync(
      join(app, 'main.mjs'),
      `import { connect, createNode, findNode, slicePool } from 'dcn-node'
import escrow from 'dcn-node/abi/DealEscrow.json' with { type: 'json' }
await using pool = await slicePool({ source: 'export default x => x * x', workers: 1 })
const squares = []
for await (const result of pool.map([2, 3])) squares.push(result.value)
const refused = await findNode('nowhere').catch(error => error.name)
const kinds = [connect, createNode].map(f => typeof f)
const open = escrow.abi.some(item => item.type === 'function' && item.name === 'open')
console.log(JSON.stringify({ squares, refused, kinds, open, code: /^0x6[01][0-9a-f]{10000,}$/.test(escrow.bytecode) }))
`
    )
    const { code, stdout, stderr } = await run('node', ['main.mjs'], { cwd: app })
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), {
      squares: [4, 9],
      refused: 'NodeUnreachableError',
      kinds: ['function', 'function'],
      open: true,
      code: true
    })
  })

  for (const [resolution, settings] of Object.entries({
    node16: { module: 'node16' },
    nodenext: { module: 'nodenext' },
    bundler: { module: 'esnext', moduleResolution: 'bundler' }
  })) {
    it(`default: its types are whole for a TypeScript program (${resolution}), without any other package`, () => {
      const app = consumer(`typescript-${resolution}`)
      mkdirSync(join(app, 'node_modules', '@types'))
      for (const name of ['@types/node', 'undici-types'])
        symlinkSync(join(root, 'node_modules', name), join(app, 'node_modules', name))
      const compilerOptions = {
        ...settings,
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable'],
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: ['node'],
        preserveSymlinks: true
      }
      writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
      writeFileSync(join(app, 'main.ts'), TYPED)
      const { status, stdout } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', app], { encoding: 'utf8' })
      assert.equal(status, 0, stdout)
    })
  }

  it('error: under an older Node both commands say what they need', async function () {
    const older = olderNode()
    if (older === undefined) skip(this, 'this machine has no Node before 24')
    for (const name of ['dcn', 'dcn-node']) {
      const { code, stdout, stderr } = await run(older, [join(prefix, 'bin', name), '--help'])
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, new RegExp(`^${name} needs Node 24 or newer; this is v\\d+\\.\\d+\\.\\d+\\n$`))
    }
  })

  /** An empty program that has the package and nothing else. */
  function consumer(name: string): string {
    const app = join(dir, name)
    mkdirSync(join(app, 'node_modules'), { recursive: true })
    writeFileSync(join(app, 'package.json'), '{"type":"module"}')
    rmSync(join(app, 'node_modules', 'dcn-node'), { force: true })
    symlinkSync(home, join(app, 'node_modules', 'dcn-node'))
    return app
  }
})

/** Fails to compile when a type has become `any`. */
const TYPED = `import { connect, findNode, slicePool, type Config, type JobView, type NodeClient } from 'dcn-node'
type IsAny<T> = 0 extends 1 & T ? true : false
const known: [IsAny<JobView>, IsAny<JobView['state']>, IsAny<Config>, IsAny<Config['roles']>, IsAny<NodeClient>] = [false, false, false, false, false]
export async function main(): Promise<string> {
  const client = connect(await findNode('/tmp'))
  const job = await client.submit({ spec: { engine: { js: { source: 'export default () => 1' } } } })
  const state: 'done' | 'failed' | undefined = job.state === 'done' || job.state === 'failed' ? job.state : undefined
  // @ts-expect-error a job has no such thing
  job.nothing
  await using pool = await slicePool({ source: '' })
  for await (const result of pool.map([1])) if (!result.ok) return result.error.reason
  return state ?? String(known)
}
`

function olderNode(): string | undefined {
  const places = ['/usr/bin/node', '/usr/local/bin/node']
  return places.find(path => {
    const { stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
    const major = Number((stdout ?? '').split('.')[0])
    return major >= 14 && major < 24
  })
}
