// `npm test [-- PATTERN]`: contracts, unit and compliance tests, then end to end. The last line counts all of them.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foundryBinary } from './lib/foundry.ts'
import { prepareBuild } from './lib/prepare.ts'

const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules', '.bin', name)

interface Count {
  passed: number
  failed: number
  skipped: number
}

/** Where the lines of a suite go while it runs. */
type Write = (text: string) => void

interface Suite {
  name: string
  run(write: Write): Promise<Count>
}

const UNIT = ['test/unit/**/*.test.ts', 'test/vectors/**/*.test.ts', 'test/sim/**/*.test.ts']

const END_TO_END = ['test/e2e/**/*.test.ts', 'test/browser/**/*.test.ts']

/** One group after another; the suites of a group run at the same time, because each of them leaves a core idle. */
const GROUPS: Suite[][] = [
  [{ name: 'contracts', run: write => contracts(['test'], write) }],
  // as long as nobody waits for at a desk: three minutes on one core
  process.env['CI'] === undefined
    ? []
    : [{ name: 'contracts, long runs', run: write => contracts(LONG_RUNS, write, 'ci') }],
  [
    { name: 'unit and simulation', run: write => mocha(UNIT, 30_000, write) },
    { name: 'compliance', run: write => mocha(['test/compliance/**/*.test.ts'], 60_000, write) }
  ],
  [{ name: 'end to end', run: write => mocha(END_TO_END, 180_000, write) }]
]

/** The invariants, and that anybody alone brings everything to an end. */
const LONG_RUNS = ['test', '--match-contract', '(Invariants|Liveness)Test']

/** Forge's own report, with the numbers read from it. @param profile of foundry.toml */
async function contracts(args: string[], write: Write, profile = 'default'): Promise<Count> {
  const env = { ...process.env, FOUNDRY_PROFILE: profile }
  const { code, output } = await run(foundryBinary('forge'), args, write, env)
  const [, passed = '0', failed = '0', skipped = '0'] =
    /(\d+) tests? passed, (\d+) failed, (\d+) skipped/.exec(output.replace(ANSI, '')) ?? []
  return counted({ passed: Number(passed), failed: Number(failed), skipped: Number(skipped) }, code)
}

/** Mocha with its usual output, and its counts from the JSON reporter's file. */
async function mocha(specs: string[], timeoutMs: number, write: Write): Promise<Count> {
  const dir = mkdtempSync(join(tmpdir(), 'dcn-test-'))
  try {
    const file = join(dir, 'counts.json')
    const reporter = [
      '--reporter',
      join(root, 'scripts', 'lib', 'mocha-reporter.mjs'),
      '--reporter-option',
      `file=${file}`
    ]
    const options = ['--no-config', '--forbid-only', '--timeout', String(timeoutMs)]
    const { code } = await run(
      bin('mocha'),
      [...reporter, ...options, ...specs.flatMap(spec => ['--spec', spec])],
      write
    )
    const count = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Count) : EMPTY
    return counted(count, code)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const EMPTY: Count = { passed: 0, failed: 0, skipped: 0 }
const ANSI = /\u001b\[[0-9;]*m/g

/** A suite that ended badly, or ran nothing, has failed whatever it counted. */
function counted(count: Count, code: number): Count {
  const isBad = code !== 0 || count.passed === 0
  return isBad && count.failed === 0 ? { ...count, failed: 1 } : count
}

function run(
  command: string,
  args: string[],
  write: Write,
  env: NodeJS.ProcessEnv = process.env
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      write(chunk.toString())
      output = `${output}${chunk.toString()}`.slice(-100_000)
    })
    child.once('error', reject)
    child.once('close', code => resolve({ code: code ?? 1, output }))
  })
}

/** The first suite of a group is shown as it runs, the others whole when all have ended. */
async function together(suites: readonly Suite[]): Promise<Count[]> {
  const held: string[][] = suites.map(() => [])
  const counts = await Promise.all(
    suites.map(({ name, run: work }, i) => {
      const show: Write = text => void process.stdout.write(text)
      const write: Write = i === 0 ? show : text => void held[i]?.push(text)
      write(`\n=== ${name}\n`)
      return work(write)
    })
  )
  process.stdout.write(held.flat().join(''))
  return counts
}

await prepareBuild(text => console.log(text))
const docker = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' })
console.log(
  docker.status === 0
    ? `docker engine ${docker.stdout.trim()} answers`
    : 'no docker engine answers: what needs one is skipped (scripts/start-docker.sh starts one)'
)
const only = process.argv[2]
const total: Count = { ...EMPTY }
for (const group of GROUPS) {
  const chosen = group.filter(({ name }) => only === undefined || name.includes(only))
  for (const { passed, failed, skipped } of await together(chosen)) {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 ? 0 : 1
