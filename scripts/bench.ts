// `npm run bench [-- NAME] [--json] [--nodes 3,10,50]`: the benchmarks of test/bench, each against a baseline of the same run.
import { parseArgs } from 'node:util'
import { api } from '../test/bench/api.ts'
import { cli } from '../test/bench/cli.ts'
import { data } from '../test/bench/data.ts'
import { flat } from '../test/bench/flat.ts'
import { gas } from '../test/bench/gas.ts'
import { gossip } from '../test/bench/gossip.ts'
import { gossipSpam } from '../test/bench/gossip-spam.ts'
import { hostile } from '../test/bench/hostile.ts'
import { idle } from '../test/bench/idle.ts'
import { jobDocker, jobJs } from '../test/bench/jobs.ts'
import { join } from '../test/bench/join.ts'
import { logs } from '../test/bench/logs.ts'
import { many } from '../test/bench/many.ts'
import { matching } from '../test/bench/match.ts'
import { type Figure, machine } from '../test/bench/measure.ts'
import { memory } from '../test/bench/memory.ts'
import { nat } from '../test/bench/nat.ts'
import { slices } from '../test/bench/slices.ts'
import { sync } from '../test/bench/sync.ts'
import { moo, templates } from '../test/bench/templates.ts'
import { prepareBuild } from './lib/prepare.ts'

const BENCHMARKS = [
  matching,
  sync,
  gossip,
  gossipSpam,
  memory,
  data,
  jobJs,
  jobDocker,
  flat,
  many,
  join,
  nat,
  slices,
  logs,
  api,
  hostile,
  idle,
  cli,
  templates,
  moo,
  gas
]

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, nodes: { type: 'string' } },
  allowPositionals: true
})
const chosen = BENCHMARKS.filter(b => positionals.length === 0 || positionals.includes(b.name))
if (chosen.length === 0) {
  console.error(`no benchmark of that name; there are: ${BENCHMARKS.map(b => b.name).join(', ')}`)
  process.exit(2)
}
const nodes = values.nodes?.split(',').map(Number)
await prepareBuild(text => console.error(text))
if (!values.json) console.log(`machine: ${machine()}\n`)
for (const benchmark of chosen) {
  if (!values.json) console.log(`${benchmark.name}: ${benchmark.about}`)
  const found = await benchmark.run(nodes === undefined ? {} : { nodes })
  const width = Math.max(...found.map(f => f.metric.length))
  for (const f of found) print(f, width)
  if (!values.json) console.log('')
}

function print(f: Figure, width: number): void {
  const ratio = f.baseline === undefined ? undefined : Math.round((100 * f.value) / f.baseline.value) / 100
  if (values.json) {
    console.log(JSON.stringify({ ...f, ratio, machine: machine() }))
    return
  }
  const target = f.target === undefined ? '' : `  target ${f.target}: ${f.met === true ? 'met' : 'MISSED'}`
  const base = f.baseline === undefined ? '' : `  ${ratio} × ${f.baseline.what} (${f.baseline.value} ${f.unit})`
  const spread = f.samples === 1 ? '' : ` (${f.min} to ${f.max}, ${f.samples} samples)`
  console.log(`  ${f.metric.padEnd(width)}  ${f.value} ${f.unit}${spread}${base}${target}`)
}
