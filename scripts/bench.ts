// `npm run bench [-- NAME…] [--into docs]`: the benchmarks of test/bench, each against a baseline of the same run; `--help` lists them.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf, UserError } from '../protocols/common/errors.ts'
import { BENCHMARKS } from '../test/bench/index.ts'
import type { Benchmark } from '../test/bench/measure.ts'
import { figureLines, figuresOf, QUIET_CORES } from './lib/bench-figures.ts'
import { type BenchFlags, benchHelp, readBenchFlags } from './lib/bench-flags.ts'
import { busyCores, machine } from './lib/machine.ts'
import { keepFigures } from './lib/performance-page.ts'
import { prepareBuild } from './lib/prepare.ts'

const root = join(import.meta.dirname, '..')
const NAMES = BENCHMARKS.map(b => b.name)
/** What the benchmark before left may still be ending. */
const WAIT_SEC = 10

async function main(args: string[]): Promise<number> {
  const flags = readBenchFlags(args, BENCHMARKS)
  if (flags.help) {
    console.log(benchHelp(BENCHMARKS))
    return 0
  }
  await prepareBuild(text => console.error(text))
  if (!flags.json) console.log(`machine: ${machine()}\n`)
  let failed = 0
  for (const benchmark of flags.chosen) {
    try {
      await runOne(benchmark, flags)
    } catch (error) {
      failed++
      console.error(`${benchmark.name} failed: ${error instanceof Error ? error.stack : error}`)
    }
  }
  if (flags.into !== undefined && resolve(flags.into) === join(root, 'docs')) await writeDocs()
  return failed === 0 ? 0 : 1
}

async function runOne(benchmark: Benchmark, { quick, json, into }: BenchFlags): Promise<void> {
  const { name, about } = benchmark
  if (!json) console.log(`${name}: ${about}`)
  const busy = await quietened()
  if (busy > QUIET_CORES) console.error(`other programs use ${busy} cores: times of ${name} say little`)
  const start = performance.now()
  const found = await benchmark.run({ quick })
  const date = new Date().toISOString().slice(0, 10)
  const figures = figuresOf(name, found, { machine: machine(), busy, date })
  if (into !== undefined && figures.length > 0) {
    mkdirSync(into, { recursive: true })
    keepFigures(into, name, figures, NAMES)
  }
  for (const f of figures) if (json) console.log(JSON.stringify(f))
  if (!json)
    console.log(`${figureLines(figures).join('\n')}\n  (${Math.round((performance.now() - start) / 1000)} s)\n`)
}

/** Loaded when it is needed: it renders the commands too. */
async function writeDocs(): Promise<void> {
  const { writeDocFiles, writeDocParts } = await import('./lib/doc-parts.ts')
  console.error(`written: ${[...writeDocParts(root), ...writeDocFiles(root)].join(', ')}`)
}

/** Waits a little for a quiet machine. */
async function quietened(): Promise<number> {
  let busy = await busyCores(1_000)
  for (let waited = 1; busy > QUIET_CORES && waited < WAIT_SEC; waited++) busy = await busyCores(1_000)
  return busy
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error([messageOf(error), error.remedy].filter(Boolean).join('\n'))
  process.exitCode = 2
}
