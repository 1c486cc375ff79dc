import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { built, temporaryDir } from './support/lab.ts'
import { type Process, processes, stillAlive, withDescendants } from './support/processes.ts'
import { eventually } from './support/wait.ts'

const root = join(import.meta.dirname, '..', '..')
const DATA = join('.data', 'demo')

interface Done {
  event: string
  jobs: {
    id: string
    engine: string
    provider: string
    outcome: string
    exitCode: number
    resultCid: string
    price: string
    files: string[]
  }[]
  balances: { before: Record<string, string>; after: Record<string, string> }
}

describe('demo', function () {
  this.timeout(180_000)
  let outside: string
  let code: number | null
  let lines: Record<string, unknown>[]
  let files: string[]
  const seen = new Map<string, Process>()

  before(async () => {
    await built()
    outside = await temporaryDir()
    for (const name of ['tmp', 'home']) mkdirSync(join(outside, name))
    files = snapshot()
    const run = await runDemo(outside, p => seen.set(`${p.pid} ${p.startedAt}`, p))
    code = run.code
    lines = run.lines
  })
  after(async () => {
    await rm(outside, { recursive: true, force: true })
    await rm(join(root, DATA), { recursive: true, force: true })
  })

  const done = () => lines.at(-1) as unknown as Done

  it('default: ends with exit code 0 and says what it did in its last line', () => {
    assert.equal(code, 0, JSON.stringify(lines.slice(-5), null, 1))
    assert.deepEqual(Object.keys(done()).sort(), ['balances', 'event', 'jobs'])
    assert.equal(done().event, 'done')
    const engines = done().jobs.map(job => job.engine)
    const skipped = lines.find(line => line['skipped'] === 'docker')
    assert.deepEqual(engines, skipped === undefined ? ['js', 'docker'] : ['js'])
    for (const job of done().jobs) {
      assert.deepEqual(Object.keys(job).sort(), [
        'engine',
        'exitCode',
        'files',
        'id',
        'outcome',
        'price',
        'provider',
        'resultCid'
      ])
      assert.equal(job.outcome, 'exited')
      assert.equal(job.exitCode, 0)
      assert.match(job.resultCid, /^bafy/)
      assert.match(job.provider, /^0x[0-9a-f]{40}$/)
    }
  })

  it('behavior: the files are on disk, inside its data directory', () => {
    for (const { files } of done().jobs) {
      for (const name of ['stdout', 'stderr', 'exitCode', 'deal.json', 'receipt.json']) {
        assert.ok(
          files.some(f => f.endsWith(`/${name}`)),
          name
        )
      }
      for (const file of files) {
        assert.ok(file.startsWith(join(root, DATA)), file)
        assert.ok(existsSync(file), file)
      }
    }
  })

  it('behavior: what the creator paid is what providers earned, to the unit', () => {
    const { balances, jobs } = done()
    const sum = (ledger: Record<string, string>) => Object.values(ledger).reduce((a, b) => a + BigInt(b), 0n)
    const paid = jobs.reduce((total, job) => total + BigInt(job.price), 0n)
    assert.ok(paid > 0n)
    assert.equal(sum(balances.before), sum(balances.after))
    assert.equal(BigInt(balances.before['creator'] ?? 0) - BigInt(balances.after['creator'] ?? 0), paid)
    for (const [name, units] of Object.entries(balances.after)) {
      if (name !== 'creator') assert.ok(BigInt(units) >= BigInt(balances.before[name] ?? 0), name)
    }
  })

  it('behavior: no process is left', async () => {
    assert.ok(seen.size > 8, `only ${seen.size} processes were seen`)
    await eventually('all have ended', () => stillAlive([...seen.values()]).length === 0, 5_000).catch(() =>
      assert.deepEqual(stillAlive([...seen.values()]), [])
    )
  })

  it('behavior: nothing is written outside its data directory', () => {
    assert.deepEqual(snapshot(), files)
    assert.deepEqual(readdirSync(join(outside, 'tmp')), [])
    assert.deepEqual(readdirSync(join(outside, 'home')), [])
  })
})

/** Runs the demo in a session of its own, with a home and a temporary directory that nothing else uses. */
async function runDemo(outside: string, onProcess: (p: Process) => void) {
  const child = spawn(process.execPath, [join(root, 'scripts', 'demo.ts'), '--json'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: join(outside, 'tmp'), HOME: join(outside, 'home') }
  })
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  const pid = child.pid ?? 0
  const look = () => {
    for (const p of withDescendants([pid])) onProcess(p)
    for (const p of processes()) if (p.session === pid) onProcess(p)
  }
  const watch = setInterval(look, 200)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  process.off('exit', kill)
  clearInterval(watch)
  look()
  const lines = output.split('\n').filter(line => line !== '')
  return { code, lines: lines.map(line => JSON.parse(line) as Record<string, unknown>) }
}

/** Every file of the checkout with its size and time, without what the build and other tools own. */
function snapshot(): string[] {
  const left = new Set(['node_modules', '.git', '.data', 'cache', 'out', 'dist', 'coverage'])
  const found: string[] = []
  const walk = (dir: string) => {
    for (const entry of readdirSync(join(root, dir), { withFileTypes: true })) {
      const path = join(dir, entry.name)
      if (dir === '' && left.has(entry.name)) continue
      if (entry.isDirectory()) walk(path)
      else {
        const { size, mtimeMs } = statSync(join(root, path))
        found.push(`${path} ${size} ${mtimeMs}`)
      }
    }
  }
  walk('')
  return found.sort()
}
