// Runs programs of the fixture "wasi" in a wasm engine of this process and prints what came of them, as one JSON line.
import { wasmEngine } from '../../../node/engines/wasm/index.ts'
import { ANY_CID, runJob, Workplace } from '../../compliance/engine/harness.ts'
import { fixture } from './fixtures.ts'

const programs = JSON.parse(process.argv[2] ?? '[]') as string[][]
const engine = wasmEngine()
const place = await Workplace.make()
await engine.start()
try {
  const found = []
  for (const args of programs) {
    const { outcome, stdout, stderr, files } = await runJob(engine, place, {
      engine: { wasm: { module: ANY_CID, args } },
      module: fixture('wasi'),
      env: { B: '2', A: '1' },
      inputs: { '/inputs/data': { b: 'x', a: 'y', 'ü/c': 'z' } }
    })
    found.push({ args, status: outcome.status, exitCode: outcome.exitCode, stdout, stderr, files })
  }
  process.stdout.write(`${JSON.stringify(found)}\n`)
} finally {
  await engine.stop()
  await place.remove()
}
